package io.weighbridge.inference.djl;

/** The slopes of ALiBi: scores sink linearly with distance, by a slope of each head's own. */
final class Alibi {
    /** The largest exponent: slopes go from 2^(-8 / n) down to 2^-8 over n heads. */
    private static final double EXPONENT_MAX = 8;

    private Alibi() {}

    /** One slope for each head, times {@code scale}; head counts that are no power of two take every other slope of the next power. */
    static float[] slopes(int heads, double scale) {
        int power = Integer.highestOneBit(heads);
        var slopes = new float[heads];
        for (int head = 0; head < heads; head++) {
            slopes[head] = head < power
                    ? (float) (scale * Math.pow(2, -EXPONENT_MAX / power * (head + 1)))
                    : (float) (scale * Math.pow(2, -EXPONENT_MAX / (2 * power) * (2 * (head - power) + 1)));
        }
        return slopes;
    }
}
