package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds a decoder's tensors by name and checks each one's shape and type against the spec. */
final class TensorBinder {
    /** Which linear layers have biases. */
    record Biases(boolean attention, boolean feedForward) {}

    private final Checkpoint checkpoint;
    private final TensorNames names;
    private final DecoderSpec spec;
    private final Set<String> used = new HashSet<>();

    TensorBinder(Checkpoint checkpoint, TensorNames names, DecoderSpec spec) {
        this.checkpoint = checkpoint;
        this.names = names;
        this.spec = spec;
    }

    /** All tensors of the decoder; {@code tied}: the embedding is the head. */
    DecoderTensors bind(Biases biases, boolean tied) {
        var embedding = tensor(names.embedding() + ".weight", spec.vocabularySize(), spec.hiddenSize());
        var head = tied
                ? new Linear(embedding, null)
                : linear(names.head(), spec.vocabularySize(), spec.hiddenSize(), false);
        var layers = new ArrayList<Layer>();
        for (int index = 0; index < spec.layerCount(); index++) {
            layers.add(layer(index, biases));
        }
        return new DecoderTensors(embedding, List.copyOf(layers), norm(names.finalNorm()), head);
    }

    /** Refuses tensors that {@link #bind} found no place for: leaving one out would change the model without a word. */
    void refuseUnused(Predicate<String> harmless) {
        for (var name : checkpoint.tensors().keySet()) {
            if (!used.contains(name) && !harmless.test(name)) {
                throw new CheckpointException(
                        "tensor '%s' has no place in the model that the checkpoint describes".formatted(name));
            }
        }
    }

    private Layer layer(int index, Biases biases) {
        int queries = spec.headCount() * spec.headDimension();
        int keys = spec.kvHeadCount() * spec.headDimension();
        int hidden = spec.hiddenSize();
        int inner = spec.feedForwardSize();
        return new Layer(
                norm(names.attentionNorm().formatted(index)),
                linear(names.query().formatted(index), queries, hidden, biases.attention()),
                linear(names.key().formatted(index), keys, hidden, biases.attention()),
                linear(names.value().formatted(index), keys, hidden, biases.attention()),
                linear(names.output().formatted(index), hidden, queries, biases.attention()),
                norm(names.feedForwardNorm().formatted(index)),
                linear(names.gate().formatted(index), inner, hidden, biases.feedForward()),
                linear(names.up().formatted(index), inner, hidden, biases.feedForward()),
                linear(names.down().formatted(index), hidden, inner, biases.feedForward()));
    }

    private Linear linear(String name, int outputs, int inputs, boolean biased) {
        @Nullable Tensor bias = biased ? plain(name + ".bias", outputs) : null;
        return new Linear(tensor(name + ".weight", outputs, inputs), bias);
    }

    private Tensor norm(String name) {
        return plain(name + ".weight", spec.hiddenSize());
    }

    private Tensor plain(String name, long length) {
        var tensor = tensor(name, length);
        requirePlain(tensor);
        return tensor;
    }

    private Tensor tensor(String name, long... shape) {
        var tensor = checkpoint
                .tensor(name)
                .orElseThrow(() -> new CheckpointException("the checkpoint lacks tensor '%s'".formatted(name)));
        requireShape(tensor, Arrays.stream(shape).boxed().toList());
        switch (tensor.type()) {
            case I64, I32, I16, I8, U8, BOOL ->
                throw new CheckpointException("tensor '%s' of type %s holds no weights".formatted(name, tensor.type()));
            case F64, F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> {}
        }
        used.add(name);
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
            case I64, I32, I16, I8, U8, BOOL, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K ->
                throw new CheckpointException("tensor '%s' has type %s; a norm or bias must be F64, F32, F16 or BF16"
                        .formatted(tensor.name(), tensor.type()));
        }
    }
}
