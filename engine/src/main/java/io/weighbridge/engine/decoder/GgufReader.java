package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import java.util.List;
import java.util.function.IntPredicate;

/** Typed reading of the GGUF keys of one architecture, which begin with its name. */
public record GgufReader(Metadata.Gguf metadata, String architecture) {
    public boolean has(String key) {
        return metadata.values().containsKey(named(key));
    }

    /** The integer under {@code key}, from 1 to the largest size. */
    public int size(String key) {
        return DecoderLimits.size(named(key), metadata.integer(named(key)).orElseThrow(() -> lacks(key)));
    }

    /** A size of 0 counts as absent. */
    int size(String key, int absent) {
        return has(key) && !isZero(value(key)) ? size(key) : absent;
    }

    /** The number above 0 under {@code key}. */
    public double real(String key) {
        return DecoderLimits.positive(named(key), metadata.real(named(key)).orElseThrow(() -> lacks(key)));
    }

    /** A number of 0 counts as absent. */
    double real(String key, double absent) {
        return has(key) && !isZero(value(key)) ? real(key) : absent;
    }

    boolean truth(String key, boolean absent) {
        return metadata.truth(named(key)).orElse(absent);
    }

    /** Which layers have a window: a list of truth values, or the length of a pattern whose last layer has none. */
    IntPredicate pattern(String key, int absent) {
        if (value(key) instanceof List<?> list) {
            return layer -> {
                if (layer >= list.size() || !(list.get(layer) instanceof Boolean windowed)) {
                    throw new CheckpointException(
                            "%s must hold a truth value for layer %d".formatted(named(key), layer));
                }
                return windowed;
            };
        }
        int length = size(key, absent);
        return layer -> layer % length < length - 1;
    }

    /** Refuses the file if any of these keys has a value other than zero. */
    void refuse(List<String> options) {
        for (var option : options) {
            if (has(option) && !isZero(value(option))) {
                throw new CheckpointException("%s of %s is not supported".formatted(named(option), value(option)));
            }
        }
    }

    private CheckpointException lacks(String key) {
        return new CheckpointException("the GGUF file lacks metadata key '%s'".formatted(named(key)));
    }

    private Object value(String key) {
        return metadata.values().getOrDefault(named(key), "nothing");
    }

    private static boolean isZero(Object value) {
        return value instanceof Number number && number.doubleValue() == 0;
    }

    /** {@code key} in full. */
    public String named(String key) {
        return architecture + "." + key;
    }
}
