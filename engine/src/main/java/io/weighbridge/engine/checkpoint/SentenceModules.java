package io.weighbridge.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What sentence-transformers puts beside an encoder: a list of modules, each with a folder of its own, that make an embedding of the
 * encoder's vectors. A module's tensors are among the checkpoint's, under the folder's name and a slash.
 *
 * @param modules modules.json, in order
 * @param transformerConfig sentence_bert_config.json or the name that older versions gave it
 * @param sentenceConfig config_sentence_transformers.json
 */
public record SentenceModules(
        List<Module> modules, Optional<JsonNode> transformerConfig, Optional<JsonNode> sentenceConfig) {
    static final String LIST = "modules.json";

    /** Most modules of one checkpoint. Published ones have two to four. */
    static final int MODULE_COUNT_MAX = 16;

    private static final List<String> TRANSFORMER_CONFIGS = List.of(
            "sentence_bert_config.json",
            "sentence_roberta_config.json",
            "sentence_distilbert_config.json",
            "sentence_camembert_config.json",
            "sentence_xlm-roberta_config.json");

    /**
     * One module.
     *
     * @param path its folder, such as "1_Pooling"; empty for the encoder itself
     * @param type the name of its class, such as "Pooling", without the package
     * @param config its config.json, where it has one
     */
    public record Module(String path, String type, Optional<JsonNode> config) {}

    static Optional<SentenceModules> read(Map<String, Path> files, long bytesMax) {
        var list = files.get(LIST);
        if (list == null) {
            return Optional.empty();
        }
        var modules = new ArrayList<Module>();
        for (var node : Json.array(LIST, list, bytesMax)) {
            if (!node.path("path").isTextual() || !node.path("type").isTextual()) {
                throw new CheckpointException("'%s' has a module without path or type: %s".formatted(LIST, node));
            }
            if (modules.size() == MODULE_COUNT_MAX) {
                throw new CheckpointException(
                        "'%s' lists more than %d modules, the limit".formatted(LIST, MODULE_COUNT_MAX));
            }
            var path = node.path("path").textValue();
            var type = node.path("type").textValue();
            modules.add(new Module(
                    path,
                    type.substring(type.lastIndexOf('.') + 1),
                    path.isEmpty() ? Optional.empty() : object(files, path + "/config.json", bytesMax)));
        }
        return Optional.of(new SentenceModules(
                List.copyOf(modules),
                TRANSFORMER_CONFIGS.stream()
                        .filter(files::containsKey)
                        .findFirst()
                        .flatMap(name -> object(files, name, bytesMax)),
                object(files, "config_sentence_transformers.json", bytesMax)));
    }

    private static Optional<JsonNode> object(Map<String, Path> files, String name, long bytesMax) {
        return Optional.ofNullable(files.get(name)).map(path -> Json.object(name, path, bytesMax));
    }
}
