package io.weighbridge.engine.encoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes an encoder's tensors by the names that its family gives them and checks each one's shape and type; what is left over is
 * refused, because leaving a tensor out would change the model without a word.
 */
final class EncoderTable {
    private final Checkpoint checkpoint;
    private final String prefix;
    private final Set<String> used = new HashSet<>();

    /** {@code prefix} is what all names of the encoder begin with, or empty. */
    EncoderTable(Checkpoint checkpoint, String prefix) {
        this.checkpoint = checkpoint;
        this.prefix = prefix;
    }

    boolean has(String name) {
        return checkpoint.tensor(prefix + name).isPresent();
    }

    /** Rows of a stored table, whatever their number. */
    int rows(String name) {
        return Math.toIntExact(stored(name).shape().getFirst());
    }

    Tensor tensor(String name, long... shape) {
        var tensor = stored(name);
        used.add(tensor.name());
        var wanted = Arrays.stream(shape).boxed().toList();
        if (!tensor.shape().equals(wanted)) {
            throw new CheckpointException("tensor '%s' has shape %s; the configuration wants %s"
                    .formatted(tensor.name(), tensor.shape(), wanted));
        }
        if (!tensor.type().isReal()) {
            throw new CheckpointException(
                    "tensor '%s' of type %s holds no weights".formatted(tensor.name(), tensor.type()));
        }
        return tensor;
    }

    /** Weight and bias of a linear layer; encoders have both. */
    Linear linear(String name, int outputs, int inputs) {
        return new Linear(tensor(name + ".weight", outputs, inputs), vector(name + ".bias", outputs));
    }

    /** Weight and bias of a layer norm, which the oldest checkpoints call gamma and beta. */
    Norm norm(String name, int size) {
        boolean old = has(name + ".gamma");
        return new Norm(
                vector(name + (old ? ".gamma" : ".weight"), size), vector(name + (old ? ".beta" : ".bias"), size));
    }

    /** A whole tensor of plain numbers. */
    Tensor vector(String name, long... shape) {
        var tensor = tensor(name, shape);
        switch (tensor.type()) {
            case F64, F32, F16, BF16 -> {}
            default ->
                throw new CheckpointException("tensor '%s' has type %s; a norm or bias must be F64, F32, F16 or BF16"
                        .formatted(tensor.name(), tensor.type()));
        }
        return tensor;
    }

    @Nullable
    Tensor optional(String name, long... shape) {
        return has(name) ? tensor(name, shape) : null;
    }

    /** Whether the tensor stored as {@code name}, prefix and all, was taken. */
    boolean took(String name) {
        return used.contains(name);
    }

    /** Refuses stored tensors that nothing took, but for harmless ones. */
    void refuseUnused(Predicate<String> harmless) {
        for (var name : checkpoint.tensors().keySet()) {
            if (!used.contains(name) && !harmless.test(name)) {
                throw new CheckpointException(
                        "tensor '%s' has no place in the encoder that the checkpoint describes".formatted(name));
            }
        }
    }

    /** The first of {@code candidates} under which a tensor {@code name} is stored. */
    static String prefix(Checkpoint checkpoint, String name, List<String> candidates) {
        for (var candidate : candidates) {
            if (checkpoint.tensor(candidate + name).isPresent()) {
                return candidate;
            }
        }
        return candidates.getFirst();
    }

    private Tensor stored(String name) {
        return checkpoint
                .tensor(prefix + name)
                .orElseThrow(
                        () -> new CheckpointException("the checkpoint lacks tensor '%s'".formatted(prefix + name)));
    }
}
