package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderTensors.Dense;
import io.weighbridge.engine.decoder.DecoderTensors.FeedForward;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Mixture;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Takes a decoder's tensors from their roles and checks each one's shape and type against the spec. */
final class TensorBinder {
    private final TensorTable table;
    private final DecoderSpec spec;
    private final Presence presence;

    /**
     * What a family has, beyond what the spec says. A tensor that is announced here must be stored; one that is not may not be.
     *
     * @param tied the head is the embedding
     * @param normBiases norms have biases
     * @param sharedGate the shared expert has a gate
     * @param dense whether a layer among such with experts has none
     */
    record Presence(
            boolean tied,
            boolean positions,
            boolean embeddingNorm,
            boolean normBiases,
            boolean attentionNorm,
            boolean queryKeyValueBiases,
            boolean outputBias,
            boolean postNorms,
            boolean feedForwardNorm,
            boolean feedForwardBiases,
            boolean routerBias,
            boolean headBias,
            boolean sharedGate,
            IntPredicate dense) {}

    TensorBinder(TensorTable table, DecoderSpec spec, Presence presence) {
        this.table = table;
        this.spec = spec;
        this.presence = presence;
    }

    DecoderTensors bind() {
        var embedding = tensor("embedding.weight", spec.vocabularySize(), spec.hiddenSize());
        var positions = presence.positions()
                ? tensor("positions.weight", spec.contextLength() + (long) spec.positionOffset(), spec.hiddenSize())
                : null;
        var layers = new ArrayList<Layer>();
        for (int index = 0; index < spec.layerCount(); index++) {
            layers.add(layer(index));
        }
        var head = presence.tied()
                ? new Linear(embedding, presence.headBias() ? plain("head.bias", spec.vocabularySize()) : null)
                : linear("head", spec.vocabularySize(), spec.hiddenSize(), presence.headBias());
        return new DecoderTensors(
                embedding,
                positions,
                presence.embeddingNorm() ? norm("embedding_norm", spec.hiddenSize()) : null,
                List.copyOf(layers),
                norm("final_norm", spec.hiddenSize()),
                head);
    }

    private Layer layer(int index) {
        var at = index + ".";
        int queries = spec.headCount() * spec.headDimension();
        int keys = spec.kvHeadCount() * spec.headDimension();
        int hidden = spec.hiddenSize();
        boolean biased = presence.queryKeyValueBiases();
        return new Layer(
                presence.attentionNorm() ? norm(at + "attention_norm", hidden) : null,
                linear(at + "query", queries, hidden, biased),
                linear(at + "key", keys, hidden, biased),
                linear(at + "value", keys, hidden, biased),
                queryKeyNorm(at + "query_norm", spec.headCount()),
                queryKeyNorm(at + "key_norm", spec.kvHeadCount()),
                spec.attention().sinks() ? plain(at + "sinks.weight", spec.headCount()) : null,
                linear(at + "output", hidden, queries, presence.outputBias()),
                presence.postNorms() ? norm(at + "post_attention_norm", hidden) : null,
                presence.feedForwardNorm() ? norm(at + "feed_forward_norm", hidden) : null,
                feedForward(at, presence.dense().test(index)),
                presence.postNorms() ? norm(at + "post_feed_forward_norm", hidden) : null);
    }

    private @Nullable Norm queryKeyNorm(String role, int heads) {
        return switch (spec.attention().queryKeyNorm()) {
            case NONE -> null;
            case EACH_HEAD -> new Norm(plain(role + ".weight", spec.headDimension()), null);
            case ALL_HEADS -> new Norm(plain(role + ".weight", (long) heads * spec.headDimension()), null);
            case EACH_HEAD_APART -> new Norm(plain(role + ".weight", heads, spec.headDimension()), null);
        };
    }

    private FeedForward feedForward(String at, boolean withoutExperts) {
        var experts = spec.feedForward().experts();
        if (experts == null || withoutExperts) {
            return dense(at, experts == null ? spec.feedForward().size() : experts.denseSize());
        }
        var all = new ArrayList<Dense>();
        for (int expert = 0; expert < experts.count(); expert++) {
            all.add(dense(at + expert + ".", spec.feedForward().size()));
        }
        var router = linear(at + "router", experts.count(), spec.hiddenSize(), presence.routerBias());
        return new Mixture(
                router,
                List.copyOf(all),
                experts.sharedSize() > 0 ? dense(at + "shared.", experts.sharedSize()) : null,
                presence.sharedGate() ? linear(at + "shared_gate", 1, spec.hiddenSize(), false) : null);
    }

    private Dense dense(String at, int inner) {
        int hidden = spec.hiddenSize();
        boolean biased = presence.feedForwardBiases();
        return new Dense(
                spec.feedForward().gated() ? linear(at + "gate", inner, hidden, biased) : null,
                linear(at + "up", inner, hidden, biased),
                linear(at + "down", hidden, inner, biased));
    }

    private Linear linear(String role, int outputs, int inputs, boolean biased) {
        @Nullable Tensor bias = biased ? plain(role + ".bias", outputs) : null;
        return new Linear(tensor(role + ".weight", outputs, inputs), bias);
    }

    private Norm norm(String role, int size) {
        return new Norm(plain(role + ".weight", size), presence.normBiases() ? plain(role + ".bias", size) : null);
    }

    private Tensor plain(String role, long... shape) {
        var tensor = tensor(role, shape);
        requirePlain(tensor);
        return tensor;
    }

    private Tensor tensor(String role, long... shape) {
        var tensor = table.role(role);
        requireShape(tensor, Arrays.stream(shape).boxed().toList());
        if (!tensor.type().isReal()) {
            throw new CheckpointException(
                    "tensor '%s' of type %s holds no weights".formatted(tensor.name(), tensor.type()));
        }
        return tensor;
    }

    static void requireShape(Tensor tensor, List<Long> shape) {
        if (!tensor.shape().equals(shape)) {
            throw new CheckpointException("tensor '%s' has shape %s; the configuration wants %s"
                    .formatted(tensor.name(), tensor.shape(), shape));
        }
    }

    static void requirePlain(Tensor tensor) {
        switch (tensor.type()) {
            case F64, F32, F16, BF16 -> {}
            default ->
                throw new CheckpointException("tensor '%s' has type %s; a norm or bias must be F64, F32, F16 or BF16"
                        .formatted(tensor.name(), tensor.type()));
        }
    }
}
