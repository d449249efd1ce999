package io.weighbridge.engine.kernels;

/** Bits of a weight in the kernels' memory, in blocks of 32 with a float16 scale. */
public enum WeightBits {
    /** With a minimum beside the scale: Q4_0 and Q4_1 exactly. */
    FOUR,
    /** Q8_0 exactly. */
    EIGHT
}
