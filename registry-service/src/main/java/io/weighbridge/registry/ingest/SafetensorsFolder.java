package io.weighbridge.registry.ingest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.Checkpoint.Format;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Declaration;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a Hugging Face folder: {@code config.json} beside {@code .safetensors} files. Each of those is a length (u64), a JSON header of
 * that length, and data to which the header's offsets refer.
 */
final class SafetensorsFolder {
    /** Longest header, as in the format's own library. */
    static final long HEADER_BYTES_MAX = 100_000_000;

    /** Largest JSON file that is read. Tokenizer configurations with many added tokens have some megabytes. */
    static final int JSON_BYTES_MAX = 16 << 20;

    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    private static final List<String> CONTEXT_LENGTH_KEYS = List.of(
            "max_position_embeddings", "n_positions", "n_ctx", "seq_length", "max_seq_len", "max_sequence_length");
    /** Bits per value; sub-byte types are packed. */
    private static final Map<String, Integer> TYPE_BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E8M0", 8),
            Map.entry("F4", 4),
            Map.entry("U16", 16),
            Map.entry("I16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("U32", 32),
            Map.entry("I32", 32),
            Map.entry("F32", 32),
            Map.entry("U64", 64),
            Map.entry("I64", 64),
            Map.entry("F64", 64));

    private final Set<String> names = new HashSet<>();
    private final TreeMap<String, Long> bytesByType = new TreeMap<>();
    private long values;

    private SafetensorsFolder() {}

    private record Tensor(String name, long begin, long end) {}

    static CheckpointReader.Contents read(List<CheckpointFile> files, BlobStore blobs)
            throws RefusedFileException, IOException {
        var folder = new SafetensorsFolder();
        for (var file : files) {
            if (Format.SAFETENSORS.holdsWeights(file)) {
                folder.readShard(file, blobs);
            }
        }
        if (folder.bytesByType.isEmpty()) {
            throw new RefusedFileException("the safetensors files hold no tensors");
        }
        var config = json(files, blobs, "config.json")
                .orElseThrow(() -> new RefusedFileException("a safetensors checkpoint needs a config.json"));
        var architecture = config.path("model_type").asText();
        if (architecture.isBlank()) {
            throw new RefusedFileException("config.json is refused: model_type is missing");
        }
        var largest = folder.bytesByType.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        var traits = new Checkpoint.Traits(
                Format.SAFETENSORS,
                architecture,
                folder.values,
                largest,
                inputLength(files, blobs, contextLength(config)),
                chatTemplatePresent(files, blobs));
        return new CheckpointReader.Contents(
                traits,
                license(
                        config.path("license").asText(),
                        config.path("license_name").asText(),
                        config.path("license_link").asText()));
    }

    /** The license that metadata names, cut to what is kept, or null if it names none. */
    static @Nullable Declaration license(@Nullable String license, @Nullable String name, @Nullable String link) {
        var tag = kept(license, Declaration.NAME_LENGTH_MAX);
        var ownName = kept(name, Declaration.NAME_LENGTH_MAX);
        var address = kept(link, Declaration.LINK_LENGTH_MAX);
        if (tag == null && ownName == null && address == null) {
            return null;
        }
        return new Declaration(tag == null ? "other" : tag, ownName, address);
    }

    private static @Nullable String kept(@Nullable String found, int lengthMax) {
        if (found == null || found.isBlank()) {
            return null;
        }
        var text = found.strip();
        return text.length() <= lengthMax ? text : text.substring(0, lengthMax);
    }

    private static int contextLength(JsonNode config) throws RefusedFileException {
        for (var part : List.of(config, config.path("text_config"))) {
            for (var key : CONTEXT_LENGTH_KEYS) {
                if (part.path(key).canConvertToInt() && part.path(key).asInt() > 0) {
                    return part.path(key).asInt();
                }
            }
        }
        throw new RefusedFileException(
                "config.json is refused: it names no context length (max_position_embeddings or its like)");
    }

    /** What sentence-transformers states may be less than the encoder could take. */
    private static int inputLength(List<CheckpointFile> files, BlobStore blobs, int contextLength)
            throws RefusedFileException, IOException {
        return json(files, blobs, "sentence_bert_config.json")
                .map(config -> config.path("max_seq_length").asInt())
                .filter(length -> length > 0 && length < contextLength)
                .orElse(contextLength);
    }

    private static boolean chatTemplatePresent(List<CheckpointFile> files, BlobStore blobs)
            throws RefusedFileException, IOException {
        if (files.stream()
                .anyMatch(
                        f -> f.path().equals("chat_template.jinja") || f.path().equals("chat_template.json"))) {
            return true;
        }
        return json(files, blobs, "tokenizer_config.json")
                .map(config -> config.hasNonNull("chat_template"))
                .orElse(false);
    }

    private static Optional<JsonNode> json(List<CheckpointFile> files, BlobStore blobs, String path)
            throws RefusedFileException, IOException {
        var found = files.stream().filter(f -> f.path().equals(path)).findFirst();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (found.get().sizeBytes() > JSON_BYTES_MAX) {
            throw new RefusedFileException("%s is refused: %d bytes, the limit is %d"
                    .formatted(path, found.get().sizeBytes(), JSON_BYTES_MAX));
        }
        return Optional.of(parse(Files.readAllBytes(blobs.path(found.get().digest())), path));
    }

    private static JsonNode parse(byte[] bytes, String path) throws RefusedFileException, IOException {
        try {
            var node = JSON.readTree(bytes);
            if (node == null || !node.isObject()) {
                throw new RefusedFileException("%s is refused: it is no JSON object".formatted(path));
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new RefusedFileException("%s is refused: %s".formatted(path, e.getOriginalMessage()));
        }
    }

    private void readShard(CheckpointFile file, BlobStore blobs) throws RefusedFileException, IOException {
        byte[] header;
        try (var in = Files.newInputStream(blobs.path(file.digest()))) {
            var start = in.readNBytes(8);
            if (start.length < 8) {
                throw refused(file, "truncated: it has no header length");
            }
            var length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (length < 0 || length > HEADER_BYTES_MAX) {
                throw refused(
                        file,
                        "header length is %s, the limit is %d"
                                .formatted(Long.toUnsignedString(length), HEADER_BYTES_MAX));
            }
            if (length > file.sizeBytes() - 8) {
                throw refused(file, "truncated: the header ends outside the file");
            }
            header = in.readNBytes((int) length);
        }
        var tensors = new ArrayList<Tensor>();
        for (var entry : parse(header, file.path()).properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                tensors.add(tensor(file, entry.getKey(), entry.getValue()));
            }
        }
        requireGapless(file, tensors, file.sizeBytes() - 8 - header.length);
    }

    private Tensor tensor(CheckpointFile file, String name, JsonNode node) throws RefusedFileException {
        // Modules of sentence-transformers have folders and names of their own.
        if (!names.add(
                file.path().substring(0, file.path().length() - file.fileName().length()) + name)) {
            throw refused(file, "tensor '%s' is in two files".formatted(name));
        }
        var type = node.path("dtype").asText();
        var bits = TYPE_BITS.get(type);
        var offsets = node.path("data_offsets");
        if (bits == null
                || !node.path("shape").isArray()
                || offsets.size() != 2
                || !offsets.path(0).canConvertToLong()
                || !offsets.path(1).canConvertToLong()) {
            throw refused(file, "tensor '%s' has no known dtype, shape and data_offsets".formatted(name));
        }
        var begin = offsets.path(0).asLong();
        var end = offsets.path(1).asLong();
        var count = count(file, name, node.path("shape"));
        if (begin < 0 || end < begin || count > Long.MAX_VALUE / bits || (end - begin) != (count * bits + 7) / 8) {
            throw refused(file, "offsets of tensor '%s' do not fit its shape".formatted(name));
        }
        values += count;
        bytesByType.merge(type, end - begin, Long::sum);
        return new Tensor(name, begin, end);
    }

    private static long count(CheckpointFile file, String name, JsonNode shape) throws RefusedFileException {
        var count = 1L;
        for (var length : shape) {
            if (!length.canConvertToLong() || length.asLong() < 0) {
                throw refused(file, "shape of tensor '%s' is no list of lengths".formatted(name));
            }
            try {
                count = Math.multiplyExact(count, length.asLong());
            } catch (ArithmeticException e) {
                throw refused(file, "tensor '%s' is larger than 2^63".formatted(name));
            }
        }
        return count;
    }

    /** The format allows neither overlaps nor holes: a hole could hide anything. */
    private static void requireGapless(CheckpointFile file, List<Tensor> tensors, long dataBytes)
            throws RefusedFileException {
        tensors.sort(Comparator.comparingLong(Tensor::begin).thenComparingLong(Tensor::end));
        var end = 0L;
        for (var tensor : tensors) {
            if (tensor.begin() < end) {
                throw refused(file, "tensor '%s' overlaps another".formatted(tensor.name()));
            }
            if (tensor.begin() > end) {
                throw refused(file, "there is a hole before tensor '%s'".formatted(tensor.name()));
            }
            end = tensor.end();
        }
        if (end != dataBytes) {
            throw refused(file, "tensors take %d bytes, the file has %d for them".formatted(end, dataBytes));
        }
    }

    private static RefusedFileException refused(CheckpointFile file, String why) {
        return new RefusedFileException("%s is refused: %s".formatted(file.path(), why));
    }
}
