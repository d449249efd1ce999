package io.weighbridge.engine.encoder;

import java.util.Arrays;

/** A way to make one vector of the vectors of an input's tokens, as sentence-transformers defines and names it. */
public enum Pooling {
    /** The first token's vector. */
    CLS("pooling_mode_cls_token"),
    /** The largest of all tokens, for each dimension. */
    MAX("pooling_mode_max_tokens"),
    /** The mean of all tokens. */
    MEAN("pooling_mode_mean_tokens"),
    /** The sum of all tokens over the root of their number. */
    MEAN_SQRT_LENGTH("pooling_mode_mean_sqrt_len_tokens"),
    /** The mean weighted with the places of the tokens, from 1. */
    WEIGHTED_MEAN("pooling_mode_weightedmean_tokens"),
    /** The last token's vector. */
    LAST_TOKEN("pooling_mode_lasttoken");

    /** The key in 1_Pooling/config.json. */
    final String key;

    Pooling(String key) {
        this.key = key;
    }

    /** Whether {@code name} is the short name of this pooling, as newer versions write it: "mean" for "pooling_mode_mean_tokens". */
    boolean isNamed(String name) {
        return shortened(key.substring("pooling_mode_".length())).equals(shortened(name));
    }

    private static String shortened(String name) {
        return name.replaceFirst("_tokens?$", "");
    }

    /** Pools {@code count} vectors of {@code size} values that lie in {@code hidden} from {@code from} on; sums are in double. */
    double[] of(float[] hidden, int from, int count, int size) {
        return switch (this) {
            case CLS -> row(hidden, from, size);
            case LAST_TOKEN -> row(hidden, from + (count - 1) * size, size);
            case MAX -> {
                var largest = row(hidden, from, size);
                for (int i = 0; i < count * size; i++) {
                    largest[i % size] = Math.max(largest[i % size], hidden[from + i]);
                }
                yield largest;
            }
            case MEAN -> divided(sum(hidden, from, count, size), count);
            case MEAN_SQRT_LENGTH -> divided(sum(hidden, from, count, size), Math.sqrt(count));
            case WEIGHTED_MEAN -> {
                var sum = new double[size];
                for (int token = 0; token < count; token++) {
                    for (int i = 0; i < size; i++) {
                        sum[i] += (token + 1.0) * hidden[from + token * size + i];
                    }
                }
                yield divided(sum, count * (count + 1.0) / 2);
            }
        };
    }

    private static double[] row(float[] hidden, int from, int size) {
        var row = new double[size];
        Arrays.setAll(row, i -> hidden[from + i]);
        return row;
    }

    private static double[] sum(float[] hidden, int from, int count, int size) {
        var sum = new double[size];
        for (int token = 0; token < count; token++) {
            for (int i = 0; i < size; i++) {
                sum[i] += hidden[from + token * size + i];
            }
        }
        return sum;
    }

    private static double[] divided(double[] values, double divisor) {
        for (int i = 0; i < values.length; i++) {
            values[i] /= divisor;
        }
        return values;
    }
}
