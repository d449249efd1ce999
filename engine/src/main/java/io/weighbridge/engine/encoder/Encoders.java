package io.weighbridge.engine.encoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.decoder.ConfigReader;
import io.weighbridge.engine.decoder.DecoderLimits;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.GgufReader;
import io.weighbridge.engine.encoder.Encoder.TextRules;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The families of encoders that can be read, by the names that checkpoints give them. */
public final class Encoders {
    /** Rows of MPNet's table of biases by distance: its code takes this number whatever the configuration says. */
    private static final int MPNET_BUCKETS = 32;

    /** DistilBERT's layer norms add this; its configuration does not state it. */
    private static final double DISTILBERT_EPSILON = 1e-12;

    private static final Map<String, Function<Checkpoint, Encoder>> BY_MODEL_TYPE = Map.of(
            "bert", checkpoint -> bert(checkpoint, List.of("", "bert."), false),
            "roberta", checkpoint -> bert(checkpoint, List.of("", "roberta."), true),
            "xlm-roberta", checkpoint -> bert(checkpoint, List.of("", "roberta."), true),
            "camembert", checkpoint -> bert(checkpoint, List.of("", "roberta."), true),
            "mpnet", Encoders::mpnet,
            "distilbert", Encoders::distilbert);

    private static final Map<String, Function<Checkpoint, Encoder>> BY_ARCHITECTURE = Map.of("bert", Encoders::gguf);

    /** Heads for the tasks of pre-training, which embeddings do not go through. */
    private static final List<String> HARMLESS_BEGINNINGS =
            List.of("pooler.", "cls.", "lm_head.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.");

    private Encoders() {}

    /** Whether the checkpoint says that it is one of the encoders known here. */
    public static boolean isEncoder(Checkpoint checkpoint) {
        var name = name(checkpoint);
        return name != null && families(checkpoint).containsKey(name);
    }

    /**
     * The encoder that {@code checkpoint} holds.
     *
     * @throws CheckpointException naming the family, option, module or tensor that is not supported, missing or of the wrong shape
     */
    public static Encoder of(Checkpoint checkpoint) {
        var name = name(checkpoint);
        var key = checkpoint.metadata() instanceof Metadata.Gguf ? "general.architecture" : "model_type";
        if (name == null) {
            throw new CheckpointException("the checkpoint does not say its %s".formatted(key));
        }
        var family = families(checkpoint).get(name);
        if (family == null) {
            throw new CheckpointException("%s '%s' is no encoder that is supported; supported: %s"
                    .formatted(
                            key,
                            name,
                            families(checkpoint).keySet().stream().sorted().toList()));
        }
        return family.apply(checkpoint);
    }

    private static @Nullable String name(Checkpoint checkpoint) {
        return switch (checkpoint.metadata()) {
            case Metadata.HuggingFace folder ->
                folder.config().path("model_type").textValue();
            case Metadata.Gguf gguf -> gguf.string("general.architecture").orElse(null);
        };
    }

    private static Map<String, Function<Checkpoint, Encoder>> families(Checkpoint checkpoint) {
        return checkpoint.metadata() instanceof Metadata.Gguf ? BY_ARCHITECTURE : BY_MODEL_TYPE;
    }

    /** BERT, and RoBERTa, which counts positions from the one after the padding token's id. */
    private static Encoder bert(Checkpoint checkpoint, List<String> prefixes, boolean positionsAfterPadding) {
        var config = config(checkpoint);
        var positionType = config.text("position_embedding_type", "absolute");
        if (!positionType.equals("absolute")) {
            throw new CheckpointException("config.json: position_embedding_type '%s' is not supported; only absolute is"
                    .formatted(positionType));
        }
        int offset = positionsAfterPadding ? paddingId(checkpoint) + 1 : 0;
        var spec = spec(config, offset, 0);
        var tokenTypes = config.size("type_vocab_size", 2);
        return folder(checkpoint, spec, LayerNames.BERT, prefixes, tokenTypes);
    }

    private static Encoder mpnet(Checkpoint checkpoint) {
        var config = config(checkpoint);
        int buckets = config.size("relative_attention_num_buckets", MPNET_BUCKETS);
        if (buckets != MPNET_BUCKETS) {
            throw new CheckpointException(
                    "config.json: relative_attention_num_buckets = %d is not supported; only %d is"
                            .formatted(buckets, MPNET_BUCKETS));
        }
        var spec = spec(config, paddingId(checkpoint) + 1, MPNET_BUCKETS);
        return folder(checkpoint, spec, LayerNames.MPNET, List.of("", "mpnet."), 0);
    }

    private static Encoder distilbert(Checkpoint checkpoint) {
        var config = config(checkpoint);
        int positions = config.size("max_position_embeddings", 512);
        var spec = checked(new EncoderSpec(
                config.size("dim", 768),
                config.size("n_layers", 6),
                config.size("n_heads", 12),
                config.size("hidden_dim", 3072),
                config.size("vocab_size", 30_522),
                positions,
                0,
                positions,
                DISTILBERT_EPSILON,
                activation(config.text("activation", "gelu")),
                0));
        return folder(checkpoint, spec, LayerNames.DISTILBERT, List.of("", "distilbert."), 0);
    }

    private static EncoderSpec spec(ConfigReader config, int positionOffset, int relativeBuckets) {
        config.require("is_decoder", false);
        int positions = config.size("max_position_embeddings", 512);
        return checked(new EncoderSpec(
                config.size("hidden_size"),
                config.size("num_hidden_layers"),
                config.size("num_attention_heads"),
                config.size("intermediate_size"),
                config.size("vocab_size"),
                positions - positionOffset,
                positionOffset,
                positions,
                config.real("layer_norm_eps", 1e-12),
                activation(config.text("hidden_act", "gelu")),
                relativeBuckets));
    }

    private static EncoderSpec checked(EncoderSpec spec) {
        DecoderLimits.layers(spec.layerCount());
        DecoderLimits.divide("the hidden size", spec.hiddenSize(), "the number of heads", spec.headCount());
        if (spec.contextLength() < 1) {
            throw new CheckpointException("%d positions, of which the first %d are not used, leave room for no token"
                    .formatted(spec.positionCount(), spec.positionOffset()));
        }
        return spec;
    }

    private static Encoder folder(
            Checkpoint checkpoint, EncoderSpec spec, LayerNames names, List<String> prefixes, int tokenTypes) {
        var metadata = (Metadata.HuggingFace) checkpoint.metadata();
        var prefix = EncoderTable.prefix(checkpoint, names.embedding(), prefixes);
        var table = new EncoderTable(checkpoint, prefix);
        var tensors = names.bind(table, spec, tokenTypes);
        var modules = metadata.sentenceModules().map(list -> new ModuleReader(list, checkpoint));
        var head = modules.map(reader -> reader.head(spec.hiddenSize()))
                .orElseGet(() -> new EmbeddingHead(spec.hiddenSize(), List.of(Pooling.MEAN), List.of()));
        var reader = new ClassifierReader(checkpoint, prefix);
        var classifier = reader.present() ? reader.classifier(spec.hiddenSize()) : null;
        table.refuseUnused(name -> name.endsWith("position_ids")
                || reader.took(name)
                || modules.isPresent() && modules.get().took(name)
                || HARMLESS_BEGINNINGS.stream()
                        .anyMatch(harmless -> name.startsWith(harmless) || name.startsWith(prefix + harmless)));
        return new Encoder(
                withContext(spec, modules.flatMap(ModuleReader::contextLength)),
                tensors,
                head,
                modules.map(ModuleReader::textRules).orElse(TextRules.NONE),
                classifier);
    }

    private static EncoderSpec withContext(EncoderSpec spec, Optional<Integer> stated) {
        return new EncoderSpec(
                spec.hiddenSize(),
                spec.layerCount(),
                spec.headCount(),
                spec.feedForwardSize(),
                spec.vocabularySize(),
                Math.min(spec.contextLength(), stated.orElse(spec.contextLength())),
                spec.positionOffset(),
                spec.positionCount(),
                spec.normEpsilon(),
                spec.activation(),
                spec.relativeBuckets());
    }

    /** llama.cpp's converter writes BERT and RoBERTa alike, the latter without the positions that are not used. */
    private static Encoder gguf(Checkpoint checkpoint) {
        var metadata = (Metadata.Gguf) checkpoint.metadata();
        var keys = new GgufReader(metadata, "bert");
        if (metadata.truth(keys.named("attention.causal")).orElse(false)) {
            throw new CheckpointException("bert.attention.causal = true is not supported; an encoder looks both ways");
        }
        var table = new EncoderTable(checkpoint, "");
        int positions = table.rows(LayerNames.GGUF.positions());
        var spec = checked(new EncoderSpec(
                keys.size("embedding_length"),
                keys.size("block_count"),
                keys.size("attention.head_count"),
                keys.size("feed_forward_length"),
                table.rows(LayerNames.GGUF.embedding()),
                Math.min(positions, keys.size("context_length")),
                0,
                positions,
                keys.real("attention.layer_norm_epsilon"),
                Activation.GELU_ERF,
                0));
        int types = table.has(LayerNames.GGUF.tokenTypes()) ? table.rows(LayerNames.GGUF.tokenTypes()) : 0;
        var tensors = LayerNames.GGUF.bind(table, spec, types);
        table.refuseUnused(name -> name.equals("cls.weight") || name.equals("cls.bias"));
        var head = new EmbeddingHead(spec.hiddenSize(), List.of(ggufPooling(metadata, keys)), List.of());
        return new Encoder(spec, tensors, head, TextRules.NONE, null);
    }

    private static Pooling ggufPooling(Metadata.Gguf metadata, GgufReader keys) {
        long number = metadata.integer(keys.named("pooling_type")).orElse(1L);
        return switch ((int) number) {
            case 0, 1 -> Pooling.MEAN;
            case 2 -> Pooling.CLS;
            case 3 -> Pooling.LAST_TOKEN;
            default ->
                throw new CheckpointException(
                        "bert.pooling_type %d is not supported; known are 1 (mean), 2 (cls) and 3 (last)"
                                .formatted(number));
        };
    }

    private static ConfigReader config(Checkpoint checkpoint) {
        return new ConfigReader(((Metadata.HuggingFace) checkpoint.metadata()).config());
    }

    /** The padding token's id, which may be 0. */
    private static int paddingId(Checkpoint checkpoint) {
        var node = ((Metadata.HuggingFace) checkpoint.metadata()).config().path("pad_token_id");
        if (node.isMissingNode() || node.isNull()) {
            return 1;
        }
        if (!node.isInt() || node.intValue() < 0) {
            throw new CheckpointException("config.json: pad_token_id must be a token id, is %s".formatted(node));
        }
        return node.intValue();
    }

    private static Activation activation(String name) {
        return switch (name) {
            case "gelu" -> Activation.GELU_ERF;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "silu", "swish" -> Activation.SILU;
            default -> throw new CheckpointException("config.json: activation '%s' is not supported".formatted(name));
        };
    }
}
