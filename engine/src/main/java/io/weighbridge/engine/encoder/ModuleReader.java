package io.weighbridge.engine.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.SentenceModules;
import io.weighbridge.engine.checkpoint.SentenceModules.Module;
import io.weighbridge.engine.decoder.ConfigReader;
import io.weighbridge.engine.encoder.EmbeddingHead.Activation;
import io.weighbridge.engine.encoder.EmbeddingHead.Dense;
import io.weighbridge.engine.encoder.EmbeddingHead.Normalize;
import io.weighbridge.engine.encoder.EmbeddingHead.Step;
import io.weighbridge.engine.encoder.Encoder.TextRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the modules of sentence-transformers: the encoder, its pooling, then dense layers and normalization in any order. */
final class ModuleReader {
    /** Most prompts of one checkpoint. Those with one for each task have some dozens. */
    static final int PROMPTS_MAX = 1_000;

    private final SentenceModules modules;
    private final Checkpoint checkpoint;

    ModuleReader(SentenceModules modules, Checkpoint checkpoint) {
        this.modules = modules;
        this.checkpoint = checkpoint;
    }

    EmbeddingHead head(int hiddenSize) {
        var list = modules.modules();
        if (list.size() < 2
                || !list.get(0).type().equals("Transformer")
                || !list.get(0).path().isEmpty()
                || !list.get(1).type().equals("Pooling")) {
            throw new CheckpointException(
                    "modules.json must begin with a Transformer at the top and a Pooling, begins with %s"
                            .formatted(list.stream().limit(2).map(Module::type).toList()));
        }
        var steps = new ArrayList<Step>();
        for (var module : list.subList(2, list.size())) {
            steps.add(
                    switch (module.type()) {
                        case "Normalize" -> new Normalize();
                        case "Dense" -> dense(module);
                        default ->
                            throw new CheckpointException(
                                    "modules.json: module %s '%s' is not supported; known are Transformer, Pooling, Dense and Normalize"
                                            .formatted(module.type(), module.path()));
                    });
        }
        return new EmbeddingHead(hiddenSize, poolings(list.get(1), hiddenSize), steps);
    }

    /** Whether {@code name} is a tensor of one of the modules. */
    boolean took(String name) {
        return modules.modules().stream()
                .anyMatch(module -> module.type().equals("Dense")
                        && (name.equals(module.path() + "/linear.weight")
                                || name.equals(module.path() + "/linear.bias")));
    }

    /** The most tokens of an input, where the checkpoint states them. */
    Optional<Integer> contextLength() {
        return modules.transformerConfig()
                .map(ConfigReader::new)
                .filter(config -> config.has("max_seq_length"))
                .map(config -> config.size("max_seq_length"));
    }

    TextRules textRules() {
        boolean lowercase = modules.transformerConfig()
                .map(config -> new ConfigReader(config).truth("do_lower_case", false))
                .orElse(false);
        var prompts = modules.sentenceConfig().map(ModuleReader::prompts).orElse(Map.of());
        return new TextRules(
                lowercase,
                modules.sentenceConfig().map(config -> prefix(config, prompts)).orElse(""),
                prompts);
    }

    /** The prompt that is used unless the caller names another. */
    private static String prefix(JsonNode config, Map<String, String> prompts) {
        var name = new ConfigReader(config).text("default_prompt_name", "");
        if (name.isEmpty()) {
            return "";
        }
        var prompt = prompts.get(name);
        if (prompt == null) {
            throw new CheckpointException(
                    "config_sentence_transformers.json: default_prompt_name is '%s', but there is no such prompt"
                            .formatted(name));
        }
        return prompt;
    }

    private static Map<String, String> prompts(JsonNode config) {
        var prompts = new HashMap<String, String>();
        for (var entry : config.path("prompts").properties()) {
            if (!entry.getValue().isTextual()) {
                throw new CheckpointException("config_sentence_transformers.json: prompt '%s' must be a text, is %s"
                        .formatted(entry.getKey(), entry.getValue()));
            }
            if (prompts.size() == PROMPTS_MAX) {
                throw new CheckpointException(
                        "config_sentence_transformers.json has more than %d prompts, the limit".formatted(PROMPTS_MAX));
            }
            prompts.put(entry.getKey(), entry.getValue().textValue());
        }
        return prompts;
    }

    private static List<Pooling> poolings(Module module, int hiddenSize) {
        var config = config(module);
        int width = config.size("word_embedding_dimension", hiddenSize);
        if (width != hiddenSize) {
            throw new CheckpointException(
                    "%s/config.json: word_embedding_dimension is %d, but the encoder gives %d values"
                            .formatted(module.path(), width, hiddenSize));
        }
        if (!config.truth("include_prompt", true)) {
            throw new CheckpointException(
                    "%s/config.json: include_prompt = false is not supported".formatted(module.path()));
        }
        var byName = config.text("pooling_mode", "");
        var poolings = Arrays.stream(Pooling.values())
                .filter(pooling -> byName.isEmpty() ? config.truth(pooling.key, false) : pooling.isNamed(byName))
                .toList();
        if (poolings.isEmpty()) {
            throw new CheckpointException("%s/config.json names no pooling that is supported; known are %s"
                    .formatted(
                            module.path(),
                            Arrays.stream(Pooling.values())
                                    .map(pooling -> pooling.key)
                                    .toList()));
        }
        return poolings;
    }

    private Dense dense(Module module) {
        var config = config(module);
        int inputs = config.size("in_features");
        int outputs = config.size("out_features");
        var table = new EncoderTable(checkpoint, module.path() + "/");
        if (!table.has("linear.weight")) {
            throw new CheckpointException(
                    "module '%s' lacks its weights: %s/model.safetensors with linear.weight (a .bin file is a pickle and is not read)"
                            .formatted(module.path(), module.path()));
        }
        var weights = Dequantizer.values(table.vector("linear.weight", outputs, inputs));
        var bias = config.truth("bias", true) ? Dequantizer.values(table.vector("linear.bias", outputs)) : new float[0];
        return new Dense(inputs, outputs, weights, bias, activation(module, config));
    }

    private static Activation activation(Module module, ConfigReader config) {
        var name = config.text("activation_function", "torch.nn.modules.activation.Tanh");
        return Activation.named(name)
                .orElseThrow(() -> new CheckpointException(
                        "%s/config.json: activation_function '%s' is not supported".formatted(module.path(), name)));
    }

    private static ConfigReader config(Module module) {
        return new ConfigReader(module.config()
                .orElseThrow(() -> new CheckpointException(
                        "module '%s' lacks its file '%s/config.json'".formatted(module.path(), module.path()))));
    }
}
