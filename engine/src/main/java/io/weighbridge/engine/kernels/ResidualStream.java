package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec;
import org.jspecify.annotations.Nullable;

/** What runs through all layers: a row for each token, what parts read of it, and how their results join it. */
final class ResidualStream {
    /** A cache line more than whole blocks, so that strides are odd numbers of lines: the same values of many tokens spread over all sets. */
    private static final int STRIDE_PADDING = 16;

    private final DecoderSpec spec;
    private final Crew crew;
    private final float multiplier;
    private final int stride;
    private final float[] values; // (tokens, stride): the hidden values, then zeros
    private final Rows normed; // (tokens, hidden)
    private final float[][] rows; // by worker: one normed row on its way
    private final float[] part; // a part's result on its way, as values
    private final float[] aside; // that of a parallel block's attention, as values

    ResidualStream(DecoderSpec spec, Crew crew) {
        this.spec = spec;
        this.crew = crew;
        multiplier = (float) spec.residual().multiplier();
        normed = new Rows(Tokens.MAX, spec.hiddenSize());
        stride = normed.blocks * Lanes.BLOCK + STRIDE_PADDING;
        values = new float[Tokens.MAX * stride];
        rows = new float[crew.workers().count()][stride];
        part = new float[values.length];
        aside = new float[spec.residual().parallel() ? values.length : 0];
    }

    float[] values() {
        return values;
    }

    int at(int token) {
        return token * stride;
    }

    /** Floats from one row to the next. */
    int stride() {
        return stride;
    }

    /** What parts read: the stream, normalized where there is a norm. */
    Rows read(int count, @Nullable KernelNorm norm) {
        normed.begin(count);
        crew.run(count, (token, worker) -> {
            if (norm == null) {
                normed.put(token, 0, values, at(token), spec.hiddenSize());
            } else {
                readOne(token, token, norm, worker);
            }
        });
        return normed;
    }

    /** Says how many rows {@link #readOne} makes. */
    void beginRead(int count) {
        normed.begin(count);
    }

    /** Row {@code to} of what parts read becomes the normalized row of {@code token}; {@code worker} is who calls. */
    void readOne(int token, int to, KernelNorm norm, int worker) {
        norm.apply(values, at(token), rows[worker], 0);
        normed.put(to, 0, rows[worker], 0, spec.hiddenSize());
    }

    /** What was read last. */
    Rows lastRead() {
        return normed;
    }

    /** Adds the outputs of {@code linear} to the stream. */
    void join(int count, Rows inputs, KernelLinear linear, @Nullable KernelNorm norm) {
        if (norm == null && multiplier == 1) {
            crew.product(
                    inputs,
                    count,
                    (which, token, row, size, results, from) ->
                            Elementwise.add(results, from, size, values, at(token) + row),
                    linear);
        } else {
            keep(count, inputs, linear, part);
            join(count, part, norm);
        }
    }

    /** Computes the outputs of {@code linear} now, for {@link #joinAside} later. */
    void setAside(int count, Rows inputs, KernelLinear linear) {
        keep(count, inputs, linear, aside);
    }

    /** Adds what was set aside. */
    void joinAside(int count, @Nullable KernelNorm norm) {
        join(count, aside, norm);
    }

    /** Zeros that a part may add its results to, for {@link #joinPart}. */
    float[] emptyPart(int count) {
        java.util.Arrays.fill(part, 0, at(count), 0);
        return part;
    }

    /** Adds what was added to {@link #emptyPart}. */
    void joinPart(int count, @Nullable KernelNorm norm) {
        join(count, part, norm);
    }

    private void keep(int count, Rows inputs, KernelLinear linear, float[] target) {
        crew.product(
                inputs,
                count,
                (which, token, row, size, results, from) ->
                        System.arraycopy(results, from, target, at(token) + row, size),
                linear);
    }

    private void join(int count, float[] results, @Nullable KernelNorm norm) {
        crew.run(count, (token, worker) -> {
            if (norm != null) {
                norm.apply(results, at(token), results, at(token));
            }
            Elementwise.addScaled(results, at(token), spec.hiddenSize(), multiplier, values, at(token));
        });
    }
}
