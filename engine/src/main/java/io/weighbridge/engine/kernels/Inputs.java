package io.weighbridge.engine.kernels;

/** What a matrix reads of its inputs beside their values, as bits that can be joined for several matrices. */
final class Inputs {
    /** Values divided by the powers of 16 that four-bit weights are multiplied with. */
    static final int SCALED = 1;

    /** Sums of each 32 inputs. */
    static final int SUMS = 2;

    /** Sums of each 16 inputs. */
    static final int SUMS_OF_16 = 4;

    private Inputs() {}
}
