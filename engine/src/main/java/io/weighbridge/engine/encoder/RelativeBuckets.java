package io.weighbridge.engine.encoder;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;

/** Biases of attention scores by the distance of two tokens, in buckets that grow with the distance: T5's, both directions. */
public final class RelativeBuckets {
    /** Distances from here on share the last bucket. */
    private static final int DISTANCE_MAX = 128;

    private RelativeBuckets() {}

    /** The biases of an input of {@code length} tokens: (heads, length, length), query before key. {@code table}: [buckets, heads]. */
    public static float[] biases(Tensor table, int length) {
        int buckets = Math.toIntExact(table.shape().get(0));
        int heads = Math.toIntExact(table.shape().get(1));
        var stored = Dequantizer.values(table);
        var biases = new float[Math.multiplyExact(heads, Math.multiplyExact(length, length))];
        for (int query = 0; query < length; query++) {
            for (int key = 0; key < length; key++) {
                int bucket = bucket(key - query, buckets / 2);
                for (int head = 0; head < heads; head++) {
                    biases[(head * length + query) * length + key] = stored[bucket * heads + head];
                }
            }
        }
        return biases;
    }

    /** Half of a direction's buckets hold one distance each; the other half grows with the logarithm, computed in float as usual. */
    private static int bucket(int ahead, int each) {
        int distance = Math.abs(ahead);
        int exact = each / 2;
        int bucket = distance;
        if (distance >= exact) {
            float share = (float) Math.log((float) distance / exact) / (float) Math.log((double) DISTANCE_MAX / exact);
            bucket = Math.min(each - 1, exact + (int) (share * (each - exact)));
        }
        return ahead > 0 ? each + bucket : bucket;
    }
}
