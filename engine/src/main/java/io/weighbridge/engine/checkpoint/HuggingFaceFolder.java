package io.weighbridge.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A checkpoint as Hugging Face publishes it: config.json, safetensors in one file or in shards named by an index, and the
 * tokenizer's files. File names are only looked up among the files given, so no name can lead anywhere else.
 */
final class HuggingFaceFolder implements Checkpoint {
    static final String CONFIG = "config.json";
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    /** Largest config.json, tokenizer_config.json or generation_config.json in bytes. */
    static final long CONFIG_BYTES_MAX = 8 << 20;

    /** Largest index in bytes. The largest published ones have about ten megabytes. */
    static final long INDEX_BYTES_MAX = 64 << 20;

    /** Largest tokenizer.json in bytes. Vocabularies of 256,000 take about 35 megabytes. */
    static final long TOKENIZER_BYTES_MAX = 128 << 20;

    /** Most shards of one checkpoint. */
    static final int SHARD_COUNT_MAX = 1_024;

    private final List<SafetensorsFile> shards;
    private final Metadata.HuggingFace metadata;
    private final Map<String, Tensor> tensors;

    private HuggingFaceFolder(
            List<SafetensorsFile> shards, Metadata.HuggingFace metadata, Map<String, Tensor> tensors) {
        this.shards = shards;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    static HuggingFaceFolder open(Map<String, Path> files) {
        var metadata = readMetadata(files);
        var shards = new ArrayList<SafetensorsFile>();
        try {
            var tensors = files.containsKey(SINGLE) ? readSingle(files, shards) : readShards(files, shards);
            if (metadata.sentenceModules().isPresent()) {
                tensors = withModules(tensors, metadata.sentenceModules().get(), files, shards);
            }
            return new HuggingFaceFolder(shards, metadata, Collections.unmodifiableMap(tensors));
        } catch (RuntimeException e) {
            shards.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    @Override
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    @Override
    public Metadata.HuggingFace metadata() {
        return metadata;
    }

    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
    }

    private static Metadata.HuggingFace readMetadata(Map<String, Path> files) {
        var config = object(files, CONFIG)
                .orElseThrow(() -> new CheckpointException("the checkpoint has no config.json beside its safetensors"));
        var tokenizerConfig = object(files, "tokenizer_config.json");
        return new Metadata.HuggingFace(
                config,
                text(files, "tokenizer.json", TOKENIZER_BYTES_MAX),
                tokenizerConfig,
                object(files, "generation_config.json"),
                text(files, "chat_template.jinja", CONFIG_BYTES_MAX)
                        .or(() -> tokenizerConfig.flatMap(HuggingFaceFolder::chatTemplate)),
                SentenceModules.read(files, CONFIG_BYTES_MAX));
    }

    /** The field is a text, or a list of named texts of which "default" is meant. */
    private static Optional<String> chatTemplate(JsonNode tokenizerConfig) {
        var field = tokenizerConfig.path("chat_template");
        if (field.isTextual()) {
            return Optional.of(field.textValue());
        }
        for (var named : field) {
            if (named.path("name").asText().equals("default")
                    && named.path("template").isTextual()) {
                return Optional.of(named.path("template").textValue());
            }
        }
        return Optional.empty();
    }

    private static Map<String, Tensor> readSingle(Map<String, Path> files, List<SafetensorsFile> opened) {
        opened.add(SafetensorsFile.open(SINGLE, required(files, SINGLE)));
        return opened.getFirst().tensors();
    }

    private static Map<String, Tensor> readShards(Map<String, Path> files, List<SafetensorsFile> opened) {
        var shardByTensor =
                Json.object(INDEX, required(files, INDEX), INDEX_BYTES_MAX).path("weight_map");
        var shardNames = new TreeSet<String>();
        for (var entry : shardByTensor.properties()) {
            if (!entry.getValue().isTextual()) {
                throw new CheckpointException(
                        "'%s': weight_map should give a file name for tensor '%s'".formatted(INDEX, entry.getKey()));
            }
            shardNames.add(entry.getValue().textValue());
        }
        if (shardNames.isEmpty() || shardNames.size() > SHARD_COUNT_MAX) {
            throw new CheckpointException("'%s': weight_map names %d shards; 1 to %d are supported"
                    .formatted(INDEX, shardNames.size(), SHARD_COUNT_MAX));
        }
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var shardName : shardNames) {
            var shard = SafetensorsFile.open(shardName, required(files, shardName));
            opened.add(shard);
            for (var tensor : shard.tensors().values()) {
                if (!shardByTensor.path(tensor.name()).asText().equals(shardName)) {
                    throw new CheckpointException("'%s' holds tensor '%s', which the index does not place there"
                            .formatted(shardName, tensor.name()));
                }
                tensors.put(tensor.name(), tensor);
            }
        }
        for (var entry : shardByTensor.properties()) {
            if (!tensors.containsKey(entry.getKey())) {
                throw new CheckpointException("tensor '%s' is missing from '%s', where the index places it"
                        .formatted(entry.getKey(), entry.getValue().textValue()));
            }
        }
        return tensors;
    }

    /** The tensors of modules that have some, under their folders' names. */
    private static Map<String, Tensor> withModules(
            Map<String, Tensor> tensors,
            SentenceModules modules,
            Map<String, Path> files,
            List<SafetensorsFile> opened) {
        var all = new LinkedHashMap<>(tensors);
        for (var module : modules.modules()) {
            var name = module.path() + "/" + SINGLE;
            var path = files.get(name);
            if (path != null && !module.path().isEmpty()) {
                var file = SafetensorsFile.open(name, path);
                opened.add(file);
                for (var tensor : file.tensors().values()) {
                    var inFolder = module.path() + "/" + tensor.name();
                    all.put(inFolder, new Tensor(inFolder, tensor.type(), tensor.shape(), tensor.data()));
                }
            }
        }
        return all;
    }

    private static Path required(Map<String, Path> files, String name) {
        var path = files.get(name);
        if (path == null) {
            throw new CheckpointException("the checkpoint lacks its file '%s'".formatted(name));
        }
        return path;
    }

    private static Optional<JsonNode> object(Map<String, Path> files, String name) {
        return Optional.ofNullable(files.get(name)).map(path -> Json.object(name, path, CONFIG_BYTES_MAX));
    }

    private static Optional<String> text(Map<String, Path> files, String name, long bytesMax) {
        return Optional.ofNullable(files.get(name)).map(path -> Json.text(name, path, bytesMax));
    }
}
