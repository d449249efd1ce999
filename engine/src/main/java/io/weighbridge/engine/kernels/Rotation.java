package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;

/**
 * Rotary positions of one rope, over the first dimensions of each head. Holds the cosines and sines of the tokens at hand, computed
 * once a step for all layers and heads.
 */
final class Rotation {
    private final DecoderSpec.Rope rope;
    private final int pairs;
    private final double factor;
    private final boolean halves;
    private final float[] cosines; // (tokens, pairs)
    private final float[] sines;

    Rotation(DecoderSpec.Rope rope, int tokens) {
        this.rope = rope;
        pairs = rope.frequencies().size();
        factor = rope.attentionFactor();
        halves = rope.layout() == RopeLayout.HALVES;
        cosines = new float[tokens * pairs];
        sines = new float[tokens * pairs];
    }

    /** Sets the position of a token. */
    void place(int token, int position) {
        for (int pair = 0; pair < pairs; pair++) {
            double angle = position * rope.frequency(pair, position);
            cosines[token * pairs + pair] = (float) (Math.cos(angle) * factor);
            sines[token * pairs + pair] = (float) (Math.sin(angle) * factor);
        }
    }

    /** Rotates one head of a token in place. */
    void rotate(int token, float[] head, int from) {
        int at = token * pairs;
        for (int pair = 0; pair < pairs; pair++) {
            int one = from + (halves ? pair : 2 * pair);
            int other = halves ? one + pairs : one + 1;
            float x = head[one];
            float y = head[other];
            head[one] = x * cosines[at + pair] - y * sines[at + pair];
            head[other] = y * cosines[at + pair] + x * sines[at + pair];
        }
    }
}
