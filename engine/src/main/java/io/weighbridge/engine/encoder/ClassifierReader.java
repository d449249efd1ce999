package io.weighbridge.engine.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.decoder.ConfigReader;
import io.weighbridge.engine.encoder.EmbeddingHead.Activation;
import io.weighbridge.engine.encoder.EmbeddingHead.Dense;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the head of Hugging Face's {@code ...ForSequenceClassification} models, which cross-encoders and rerankers are: the first token's
 * vector, a dense layer with an activation, and a linear layer with an output for each label.
 */
final class ClassifierReader {
    /** Most labels of one classifier. Rerankers have one, classifiers of sentences seldom more than a hundred. */
    static final int LABELS_MAX = 10_000;

    private static final String ENDING = "ForSequenceClassification";

    /** Names of the two layers; the first may be under the encoder's prefix. */
    private record Layers(String dense, boolean densePrefixed, Activation activation, String out) {}

    private final JsonNode config;
    private final Checkpoint checkpoint;
    private final String prefix;
    private final List<EncoderTable> tables = new ArrayList<>();

    ClassifierReader(Checkpoint checkpoint, String prefix) {
        this.checkpoint = checkpoint;
        this.prefix = prefix;
        this.config = ((Metadata.HuggingFace) checkpoint.metadata()).config();
    }

    /** Whether the checkpoint says that it classifies. */
    boolean present() {
        for (var architecture : config.path("architectures")) {
            if (architecture.asText().endsWith(ENDING)) {
                return true;
            }
        }
        return false;
    }

    Classifier classifier(int hiddenSize) {
        var layers = layers();
        var dense = table(layers.densePrefixed() ? prefix : "");
        var out = table("");
        if (!out.has(layers.out() + ".weight")) {
            throw new CheckpointException(
                    "the checkpoint is said to classify, but lacks tensor '%s.weight'".formatted(layers.out()));
        }
        int labels = checked(out.rows(layers.out() + ".weight"));
        var head = new EmbeddingHead(
                hiddenSize,
                List.of(Pooling.CLS),
                List.of(
                        layer(dense, layers.dense(), hiddenSize, hiddenSize, layers.activation()),
                        layer(out, layers.out(), labels, hiddenSize, Activation.IDENTITY)));
        return new Classifier(head, names(labels), activation(labels));
    }

    /** Whether {@code name} is a tensor of the head. */
    boolean took(String name) {
        return tables.stream().anyMatch(table -> table.took(name));
    }

    static int checked(int labels) {
        if (labels < 1 || labels > LABELS_MAX) {
            throw new CheckpointException(
                    "the classifier has %d labels; the limit is %d".formatted(labels, LABELS_MAX));
        }
        return labels;
    }

    private Layers layers() {
        var family = config.path("model_type").asText();
        return switch (family) {
            case "bert" -> new Layers("pooler.dense", true, Activation.TANH, "classifier");
            case "distilbert" -> new Layers("pre_classifier", false, Activation.RELU, "classifier");
            case "roberta", "xlm-roberta", "camembert", "mpnet" ->
                new Layers("classifier.dense", false, Activation.TANH, "classifier.out_proj");
            default ->
                throw new CheckpointException(
                        "a classifier's head on model_type '%s' is not supported".formatted(family));
        };
    }

    private EncoderTable table(String names) {
        var table = new EncoderTable(checkpoint, names);
        tables.add(table);
        return table;
    }

    private static Dense layer(EncoderTable table, String name, int outputs, int inputs, Activation activation) {
        return new Dense(
                inputs,
                outputs,
                Dequantizer.values(table.vector(name + ".weight", outputs, inputs)),
                Dequantizer.values(table.vector(name + ".bias", outputs)),
                activation);
    }

    private List<String> names(int count) {
        var byId = config.path("id2label");
        var names = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            names.add(byId.path(Integer.toString(i)).asText("LABEL_" + i));
        }
        return names;
    }

    private Activation activation(int labels) {
        var older = new ConfigReader(config).text("sbert_ce_default_activation_function", "");
        var options = config.path("sentence_transformers");
        var stated = options.isObject() ? new ConfigReader(options).text("activation_fn", older) : older;
        if (stated.isEmpty()) {
            return labels == 1 ? Activation.SIGMOID : Activation.IDENTITY;
        }
        return Activation.named(stated)
                .orElseThrow(() -> new CheckpointException(
                        "config.json: the classifier's activation '%s' is not supported".formatted(stated)));
    }
}
