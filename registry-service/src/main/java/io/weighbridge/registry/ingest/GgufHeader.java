package io.weighbridge.registry.ingest;

import io.weighbridge.registry.catalog.Checkpoint;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the header of a GGUF file, version 2 or 3, and checks that every tensor lies inside the file and none on another.
 *
 * <pre>
 *   file   := "GGUF" version:u32 tensors:u64 keys:u64 { key } { tensor } padding data
 *   key    := name:string type:u32 value
 *   tensor := name:string dimensions:u32 { length:u64 } type:u32 offset:u64
 *   string := length:u64 bytes
 * </pre>
 */
final class GgufHeader {
    /** Most metadata keys; real files have below a hundred. */
    static final int KEY_COUNT_MAX = 16_384;

    /** Most tensors; the largest mixtures of experts have some ten thousand. */
    static final int TENSOR_COUNT_MAX = 262_144;

    /** Longest name of a key or tensor. */
    static final int NAME_BYTES_MAX = 1_024;

    /** Longest single string value; chat templates have up to some hundred kilobytes. */
    static final int STRING_BYTES_MAX = 16 << 20;

    /** Most elements of an array; vocabularies have up to some hundred thousand. */
    static final int ARRAY_LENGTH_MAX = 16 << 20;

    /** Arrays may hold arrays this deep. */
    static final int NESTING_MAX = 4;

    /** Most dimensions of a tensor, as in the format's own library. */
    static final int DIMENSION_COUNT_MAX = 4;

    /** Largest alignment of tensor data accepted. */
    static final int ALIGNMENT_MAX = 1 << 20;

    private static final int ALIGNMENT_DEFAULT = 32;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final Set<String> KEPT_STRINGS = Set.of(
            "general.architecture",
            "general.license",
            "general.license.name",
            "general.license.link",
            "tokenizer.chat_template");

    private final LittleEndianReader in;
    private final String name;
    private final Map<String, String> strings = new HashMap<>();
    private final Map<String, Long> numbers = new HashMap<>();

    private GgufHeader(LittleEndianReader in, String name) {
        this.in = in;
        this.name = name;
    }

    private record Tensor(String name, TensorType type, long values, long offset, long bytes) {}

    static CheckpointReader.Contents read(Path file, String name) throws RefusedFileException, IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ);
                var arena = Arena.ofConfined()) {
            var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new GgufHeader(new LittleEndianReader(bytes, name), name).read(bytes.byteSize());
        }
    }

    private CheckpointReader.Contents read(long fileBytes) throws RefusedFileException {
        if (in.int32() != 0x46554747) {
            throw refused("it does not begin with GGUF");
        }
        var version = in.int32();
        if (version != 2 && version != 3) {
            throw refused("GGUF version %d is not supported (2 and 3 are)".formatted(version));
        }
        var tensorCount = (int) in.count("number of tensors", TENSOR_COUNT_MAX);
        var keyCount = (int) in.count("number of keys", KEY_COUNT_MAX);
        readKeys(keyCount);
        var tensors = new ArrayList<Tensor>();
        for (int i = 0; i < tensorCount; i++) {
            tensors.add(tensor());
        }
        requireDisjoint(tensors, fileBytes);
        return contents(tensors);
    }

    private void readKeys(int count) throws RefusedFileException {
        var seen = new HashSet<String>();
        for (int i = 0; i < count; i++) {
            var key = in.string("a key's name", NAME_BYTES_MAX);
            if (!seen.add(key)) {
                throw refused("key '%s' appears twice".formatted(key));
            }
            value(key, in.int32());
        }
    }

    private void value(String key, int type) throws RefusedFileException {
        switch (type) {
            case 0 -> numbers.put(key, in.int8() & 0xffL);
            case 1, 7 -> numbers.put(key, (long) in.int8());
            case 2, 3 -> in.skip(2);
            case 4 -> numbers.put(key, in.int32() & 0xffff_ffffL);
            case 5 -> numbers.put(key, (long) in.int32());
            case 6 -> in.skip(4);
            case STRING -> {
                var text = in.string("value of " + key, STRING_BYTES_MAX);
                if (KEPT_STRINGS.contains(key)) {
                    strings.put(key, text);
                }
            }
            case ARRAY -> skipArray(key, 1);
            case 10, 11 -> numbers.put(key, in.int64());
            case 12 -> in.skip(8);
            default -> throw refused("key '%s' has the unknown type %d".formatted(key, type));
        }
    }

    private void skipArray(String key, int depth) throws RefusedFileException {
        if (depth > NESTING_MAX) {
            throw refused("key '%s' nests arrays deeper than %d".formatted(key, NESTING_MAX));
        }
        var type = in.int32();
        var length = in.count("length of array " + key, ARRAY_LENGTH_MAX);
        switch (type) {
            case 0, 1, 7 -> in.skip(length);
            case 2, 3 -> in.skip(length * 2);
            case 4, 5, 6 -> in.skip(length * 4);
            case 10, 11, 12 -> in.skip(length * 8);
            case STRING -> {
                for (long i = 0; i < length; i++) {
                    in.skip(in.count("length of a string in " + key, STRING_BYTES_MAX));
                }
            }
            case ARRAY -> {
                for (long i = 0; i < length; i++) {
                    skipArray(key, depth + 1);
                }
            }
            default -> throw refused("array '%s' has the unknown type %d".formatted(key, type));
        }
    }

    private Tensor tensor() throws RefusedFileException {
        var tensor = in.string("a tensor's name", NAME_BYTES_MAX);
        var dimensions = in.int32();
        if (dimensions < 0 || dimensions > DIMENSION_COUNT_MAX) {
            throw refused("tensor '%s' has %d dimensions, the limit is %d"
                    .formatted(tensor, Integer.toUnsignedLong(dimensions), DIMENSION_COUNT_MAX));
        }
        var values = 1L;
        var row = 1L;
        for (int i = 0; i < dimensions; i++) {
            var length = in.count("a dimension of '%s'".formatted(tensor), Long.MAX_VALUE);
            row = i == 0 ? length : row;
            values = product(tensor, values, length);
        }
        var number = in.int32();
        var type = TensorType.of(number);
        if (type == null) {
            throw refused("tensor '%s' has the unknown type %d".formatted(tensor, number));
        }
        var offset = in.count("offset of '%s'".formatted(tensor), Long.MAX_VALUE);
        if (row % type.blockValues != 0) {
            throw refused("rows of tensor '%s' are no whole number of %s blocks".formatted(tensor, type));
        }
        return new Tensor(tensor, type, values, offset, product(tensor, values / type.blockValues, type.blockBytes));
    }

    private long product(String tensor, long one, long other) throws RefusedFileException {
        try {
            return Math.multiplyExact(one, other);
        } catch (ArithmeticException e) {
            throw refused("tensor '%s' is larger than 2^63".formatted(tensor));
        }
    }

    private void requireDisjoint(List<Tensor> tensors, long fileBytes) throws RefusedFileException {
        var alignment = numbers.getOrDefault("general.alignment", (long) ALIGNMENT_DEFAULT);
        if (alignment < 1 || alignment > ALIGNMENT_MAX || Long.bitCount(alignment) != 1) {
            throw refused("general.alignment is %d (want a power of two up to %d)".formatted(alignment, ALIGNMENT_MAX));
        }
        var dataStart = (in.position() + alignment - 1) / alignment * alignment;
        var dataBytes = fileBytes - dataStart;
        var end = 0L;
        var previous = "";
        var names = new HashSet<String>();
        for (var tensor : tensors.stream()
                .sorted(Comparator.comparingLong(Tensor::offset).thenComparingLong(Tensor::bytes))
                .toList()) {
            if (!names.add(tensor.name())) {
                throw refused("tensor '%s' appears twice".formatted(tensor.name()));
            }
            if (tensor.offset() % alignment != 0) {
                throw refused("tensor '%s' is not aligned to %d bytes".formatted(tensor.name(), alignment));
            }
            if (tensor.offset() < end) {
                throw refused("tensors '%s' and '%s' overlap".formatted(previous, tensor.name()));
            }
            if (dataBytes < 0 || tensor.offset() > dataBytes || tensor.bytes() > dataBytes - tensor.offset()) {
                throw refused("truncated: tensor '%s' ends outside the file".formatted(tensor.name()));
            }
            end = tensor.offset() + tensor.bytes();
            previous = tensor.name();
        }
    }

    private CheckpointReader.Contents contents(List<Tensor> tensors) throws RefusedFileException {
        var architecture = strings.getOrDefault("general.architecture", "");
        if (architecture.isBlank() || architecture.length() > 100) {
            throw refused("general.architecture is missing or longer than 100 characters");
        }
        var contextLength = numbers.getOrDefault(architecture + ".context_length", 0L);
        if (contextLength < 1 || contextLength > Integer.MAX_VALUE) {
            throw refused("%s.context_length is missing or not a positive number".formatted(architecture));
        }
        if (tensors.isEmpty()) {
            throw refused("it has no tensors");
        }
        var bytesByType = new EnumMap<TensorType, Long>(TensorType.class);
        var values = 0L;
        for (var tensor : tensors) {
            bytesByType.merge(tensor.type(), tensor.bytes(), Long::sum);
            values += tensor.values();
        }
        var largest = bytesByType.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        var template = strings.getOrDefault("tokenizer.chat_template", "");
        var traits = new Checkpoint.Traits(
                Checkpoint.Format.GGUF,
                architecture,
                values,
                largest.name(),
                contextLength.intValue(),
                !template.isBlank());
        return new CheckpointReader.Contents(
                traits,
                SafetensorsFolder.license(
                        strings.get("general.license"),
                        strings.get("general.license.name"),
                        strings.get("general.license.link")));
    }

    private RefusedFileException refused(String why) {
        return new RefusedFileException("%s is refused: %s".formatted(name, why));
    }
}
