package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * A checkpoint's tensors under the names of roles. A family moves each of its tensors to the role it plays, splitting or turning
 * where it stores them otherwise; what is left over is refused, because leaving a tensor out would change the model without a word.
 *
 * <pre>
 *   embedding  positions  embedding_norm  final_norm  head              with .weight and, where there is one, .bias
 *   N.attention_norm  N.query  N.key  N.value  N.query_norm  N.key_norm  N.sinks  N.output  N.post_attention_norm
 *   N.feed_forward_norm  N.gate  N.up  N.down  N.router  N.post_feed_forward_norm             N: the layer, from 0
 *   N.E.gate  N.E.up  N.E.down                                                                E: the expert, from 0
 *   N.shared.gate  N.shared.up  N.shared.down  N.shared_gate                                  an expert for all tokens
 * </pre>
 */
final class TensorTable {
    /**
     * Most names that are looked for, for each stored tensor. Families look for some that are not stored; a configuration with
     * millions of layers or experts looks for nothing else.
     */
    static final int NAMES_PER_TENSOR_MAX = 8;

    /** Names that may be looked for however few tensors are stored. */
    static final int NAMES_ALWAYS = 1_024;

    private final Checkpoint checkpoint;
    private final UnaryOperator<String> storedName;
    private final Map<String, Tensor> byRole = new HashMap<>();
    private final Map<String, Tensor> replaced = new HashMap<>();
    private final Map<String, String> storedNames = new HashMap<>();
    private final Set<String> used = new HashSet<>();
    private final Set<String> read = new HashSet<>();

    /** {@code storedName} maps a name as the family knows it to one that the checkpoint may have (with or without a prefix). */
    TensorTable(Checkpoint checkpoint, UnaryOperator<String> storedName) {
        this.checkpoint = checkpoint;
        this.storedName = storedName;
    }

    /** From here on {@code name} is {@code tensor}. */
    void replace(String name, Tensor tensor) {
        replaced.put(storedName.apply(name), tensor);
    }

    boolean has(String name) {
        return checkpoint.tensor(storedName.apply(name)).isPresent();
    }

    /** The stored tensor of this name, which thereby is used. */
    Tensor take(String name) {
        var stored = storedName.apply(name);
        used.add(stored);
        var other = replaced.get(stored);
        if (other != null) {
            return other;
        }
        return checkpoint
                .tensor(stored)
                .orElseThrow(() -> new CheckpointException("the checkpoint lacks tensor '%s'".formatted(stored)));
    }

    /** Counts the stored tensor {@code name} as used. */
    void use(String name) {
        used.add(name);
    }

    void put(String role, Tensor tensor) {
        byRole.put(role, tensor);
    }

    /** Moves weight and bias, as far as they are stored, from {@code name} to {@code role}. */
    void move(String role, String name) {
        if (storedNames.size()
                >= Math.max(
                        NAMES_ALWAYS,
                        (long) NAMES_PER_TENSOR_MAX * checkpoint.tensors().size())) {
            throw new CheckpointException(
                    "the checkpoint has %d tensors, far too few for the layers and experts that its configuration names"
                            .formatted(checkpoint.tensors().size()));
        }
        for (var part : new String[] {".weight", ".bias"}) {
            storedNames.put(role + part, storedName.apply(name + part));
            if (has(name + part)) {
                put(role + part, take(name + part));
            }
        }
    }

    /** Runs of rows of {@code name} as tensors of their own: role to first row and number of rows. */
    void split(String name, Map<String, int[]> runs) {
        var whole = take(name);
        long rows = runs.values().stream().mapToLong(run -> run[1]).sum();
        if (whole.shape().getFirst() != rows) {
            throw new CheckpointException("tensor '%s' has shape %s; the configuration wants %d rows"
                    .formatted(whole.name(), whole.shape(), rows));
        }
        runs.forEach((role, run) -> put(role, TensorViews.rows(whole, whole.name(), run[0], run[1])));
    }

    /** {@code count} tensors, each a row of one: {@code name} has a place for their number. */
    void stack(String role, String name, int count) {
        var rows = IntStream.range(0, count)
                .mapToObj(number -> take(name.formatted(number)))
                .toList();
        put(role, TensorViews.stacked(rows));
    }

    /** Replaces the weights of all norms. */
    void changeNorms(UnaryOperator<Tensor> change) {
        byRole.replaceAll((role, tensor) -> role.endsWith("norm.weight") ? change.apply(tensor) : tensor);
    }

    Tensor role(String role) {
        read.add(role);
        var tensor = byRole.get(role);
        if (tensor == null) {
            throw new CheckpointException(
                    "the checkpoint lacks tensor '%s'".formatted(storedNames.getOrDefault(role, role)));
        }
        return tensor;
    }

    /** Refuses stored tensors that no role took, and roles that the decoder does not have. */
    void refuseUnused(Predicate<String> harmless) {
        byRole.forEach((role, tensor) -> {
            if (!read.contains(role)) {
                throw noPlace(tensor.name());
            }
        });
        for (var name : checkpoint.tensors().keySet()) {
            if (!used.contains(name) && !harmless.test(name)) {
                throw noPlace(name);
            }
        }
    }

    private static CheckpointException noPlace(String name) {
        return new CheckpointException(
                "tensor '%s' has no place in the model that the checkpoint describes".formatted(name));
    }
}
