package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;

/** Rotary positions. Holds the cosines and sines of the tokens at hand, computed once a step for all layers and heads. */
final class Rotation {
    private final double[] frequencies;
    private final double factor;
    private final boolean halves;
    private final float[] cosines; // (tokens, pairs)
    private final float[] sines;

    Rotation(DecoderSpec spec, int tokens) {
        var rope = spec.ropes().getFirst();
        frequencies =
                rope.frequencies().stream().mapToDouble(Double::doubleValue).toArray();
        factor = rope.attentionFactor();
        halves = rope.layout() == RopeLayout.HALVES;
        cosines = new float[tokens * frequencies.length];
        sines = new float[tokens * frequencies.length];
    }

    /** Sets the position of a token. */
    void place(int token, int position) {
        for (int pair = 0; pair < frequencies.length; pair++) {
            double angle = position * frequencies[pair];
            cosines[token * frequencies.length + pair] = (float) (Math.cos(angle) * factor);
            sines[token * frequencies.length + pair] = (float) (Math.sin(angle) * factor);
        }
    }

    /** Rotates one head of a token in place, then multiplies it with {@code scale}. */
    void rotate(int token, float[] head, int from, float scale) {
        int pairs = frequencies.length;
        int at = token * pairs;
        for (int pair = 0; pair < pairs; pair++) {
            int one = from + (halves ? pair : 2 * pair);
            int other = halves ? one + pairs : one + 1;
            float x = head[one];
            float y = head[other];
            head[one] = (x * cosines[at + pair] - y * sines[at + pair]) * scale;
            head[other] = (y * cosines[at + pair] + x * sines[at + pair]) * scale;
        }
    }
}
