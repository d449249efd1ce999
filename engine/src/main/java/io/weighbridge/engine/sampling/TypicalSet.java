package io.weighbridge.engine.sampling;

import java.util.Arrays;

/**
 * Locally typical sampling: of the candidates, those whose surprise is nearest to the expected surprise, until their
 * probabilities add up. Keeps scratch memory: one thread owns it.
 */
final class TypicalSet {
    private long[] order = new long[0];
    private int[] keptIds = new int[0];
    private double[] keptWeights = new double[0];

    /**
     * Moves the typical candidates to the front, most typical first, and returns how many they are, at least one.
     *
     * @param weights above 0, any scale
     * @param mass share of the probability that the kept ones reach, above 0, below 1
     */
    int keep(int[] ids, double[] weights, int count, double mass) {
        if (order.length < count) {
            order = new long[count];
            keptIds = new int[count];
            keptWeights = new double[count];
        }
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[i];
        }
        double entropy = 0;
        for (int i = 0; i < count; i++) {
            double probability = weights[i] / total;
            entropy -= probability * Math.log(probability);
        }
        for (int i = 0; i < count; i++) {
            float distance = (float) Math.abs(-Math.log(weights[i] / total) - entropy);
            order[i] =
                    ((long) Float.floatToIntBits(distance) << 32) | i; // bits of floats from 0 on order as the floats
        }
        Arrays.sort(order, 0, count);
        int kept = 0;
        double keptWeight = 0;
        while (kept < count && (kept == 0 || keptWeight < mass * total)) {
            int i = (int) order[kept];
            keptIds[kept] = ids[i];
            keptWeights[kept] = weights[i];
            keptWeight += weights[i];
            kept++;
        }
        System.arraycopy(keptIds, 0, ids, 0, kept);
        System.arraycopy(keptWeights, 0, weights, 0, kept);
        return kept;
    }
}
