package io.weighbridge.inference.djl;

import io.weighbridge.engine.decoder.DecoderSpec;
import java.util.Arrays;

/**
 * Cosines and sines of every position, computed once. For {@link DecoderSpec.RopeLayout#HALVES} a row is as wide as a head and
 * the first half of the sines is negative, so that rotating is x * cos + swapped(x) * sin; for interleaved pairs it is half as wide.
 *
 * @param cosines (context, width), row-major
 * @param sines (context, width), row-major
 */
record RopeTables(float[] cosines, float[] sines, int width) {
    static RopeTables of(DecoderSpec.Rope rope, int headDimension, int contextLength) {
        var halves = rope.layout() == DecoderSpec.RopeLayout.HALVES;
        var pairs = rope.frequencies().size();
        // Interleaved pairs that are not rotated turn by an angle of 0.
        var width = halves ? 2 * pairs : headDimension / 2;
        var cosines = new float[Math.multiplyExact(contextLength, width)];
        var sines = new float[cosines.length];
        for (int position = 0; position < contextLength; position++) {
            for (int pair = 0; pair < pairs; pair++) {
                var angle = position * rope.frequency(pair, position);
                var cosine = (float) (Math.cos(angle) * rope.attentionFactor());
                var sine = (float) (Math.sin(angle) * rope.attentionFactor());
                var at = position * width + pair;
                cosines[at] = cosine;
                sines[at] = halves ? -sine : sine;
                if (halves) {
                    cosines[at + pairs] = cosine;
                    sines[at + pairs] = sine;
                }
            }
            if (!halves) {
                Arrays.fill(cosines, position * width + pairs, (position + 1) * width, 1);
            }
        }
        return new RopeTables(cosines, sines, width);
    }
}
