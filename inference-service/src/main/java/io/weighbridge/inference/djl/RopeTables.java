package io.weighbridge.inference.djl;

import io.weighbridge.engine.decoder.DecoderSpec;

/**
 * Cosines and sines of every position, computed once. For {@link DecoderSpec.RopeLayout#HALVES} a row is as wide as a head and
 * the first half of the sines is negative, so that rotating is x * cos + swapped(x) * sin; for interleaved pairs it is half as wide.
 *
 * @param cosines (context, width), row-major
 * @param sines (context, width), row-major
 */
record RopeTables(float[] cosines, float[] sines, int width) {
    static RopeTables of(DecoderSpec spec) {
        var frequencies = spec.ropeFrequencies();
        var pairs = frequencies.size();
        if (2 * pairs != spec.headDimension()) {
            throw new IllegalArgumentException("%d rotated dimensions in heads of %d are not supported"
                    .formatted(2 * pairs, spec.headDimension()));
        }
        var halves = spec.ropeLayout() == DecoderSpec.RopeLayout.HALVES;
        var width = halves ? 2 * pairs : pairs;
        var cosines = new float[Math.multiplyExact(spec.contextLength(), width)];
        var sines = new float[cosines.length];
        for (int position = 0; position < spec.contextLength(); position++) {
            for (int pair = 0; pair < pairs; pair++) {
                var angle = position * frequencies.get(pair);
                var cosine = (float) (Math.cos(angle) * spec.ropeAttentionFactor());
                var sine = (float) (Math.sin(angle) * spec.ropeAttentionFactor());
                var at = position * width + pair;
                cosines[at] = cosine;
                sines[at] = halves ? -sine : sine;
                if (halves) {
                    cosines[at + pairs] = cosine;
                    sines[at + pairs] = sine;
                }
            }
        }
        return new RopeTables(cosines, sines, width);
    }
}
