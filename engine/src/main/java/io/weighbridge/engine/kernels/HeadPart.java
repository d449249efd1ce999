package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec;

/** From the residual stream to logits, for the tokens that want them. */
final class HeadPart {
    private final DecoderSpec spec;
    private final Crew crew;
    private final KernelNorm norm;
    private final KernelLinear linear;
    private final int[] wanted = new int[Tokens.MAX];

    HeadPart(DecoderSpec spec, Crew crew, KernelNorm norm, KernelLinear linear) {
        this.spec = spec;
        this.crew = crew;
        this.norm = norm;
        this.linear = linear;
    }

    /** Writes their rows of {@code logits}. */
    void run(Tokens tokens, ResidualStream stream, float[][] logits) {
        int rows = 0;
        for (int token = 0; token < tokens.count(); token++) {
            if (tokens.logitsWanted(token)) {
                wanted[rows++] = token;
            }
        }
        if (rows == 0) {
            return;
        }
        stream.beginRead(rows);
        var targets = new float[rows][spec.vocabularySize()];
        for (int row = 0; row < rows; row++) {
            logits[tokens.logitsRow(wanted[row])] = targets[row];
            stream.readOne(wanted[row], row, norm, 0);
        }
        crew.product(
                stream.lastRead(),
                rows,
                (part, row, output, count, results, from) -> {
                    finish(results, from);
                    System.arraycopy(results, from, targets[row], output, count);
                },
                linear);
    }

    private void finish(float[] results, int from) {
        if (spec.output().scale() != 1) {
            Elementwise.scale(
                    results, from, Lanes.TILE_ROWS, (float) spec.output().scale());
        }
        if (spec.output().softCap() != 0) {
            Elementwise.cap(
                    results, from, Lanes.TILE_ROWS, (float) spec.output().softCap());
        }
    }
}
