package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;

/** How the kernels hold a weight. */
public enum WeightBits {
    /**
     * Each weight exactly as its checkpoint stores it, in four, eight, 16 or 32 bits. Only codebooks of less than four bits are
     * requantized to eight.
     */
    STORED,
    /** Blocks of 32 with a scale and a minimum; types that have four bits exactly. */
    FOUR,
    /** Blocks of 32 with a float16 scale; types of two to eight bits whose numbers are whole exactly, but those of four. */
    EIGHT,
    /** Bfloat16, rounded to the nearest where more is stored; computed in float32 like all others. */
    BRAIN,
    /** Floats: of 16 bits as stored, all others of 32. */
    FLOAT;

    /** Whether a weight of this type keeps its values. */
    public boolean holdsExactly(Tensor weight) {
        return switch (this) {
            case FOUR -> FourBitMatrix.holds(weight.type());
            case EIGHT -> EightBitMatrix.holds(weight.type());
            case BRAIN -> FloatMatrix.fitsBrains(weight.type());
            case FLOAT -> true;
            case STORED ->
                FourBitMatrix.holds(weight.type())
                        || FloatMatrix.holds(weight.type())
                        || EightBitMatrix.holds(weight.type());
        };
    }

    /** Bytes that the weight of a linear layer takes, padding included. */
    public long bytes(Tensor weight) {
        return switch (this) {
            case FOUR -> FourBitMatrix.bytes(weight);
            case EIGHT -> EightBitMatrix.bytes(weight);
            case BRAIN -> FloatMatrix.brainBytes(weight);
            case FLOAT -> FloatMatrix.bytes(weight);
            case STORED ->
                FourBitMatrix.holds(weight.type())
                        ? FourBitMatrix.bytes(weight)
                        : FloatMatrix.holds(weight.type()) ? FloatMatrix.bytes(weight) : EightBitMatrix.bytes(weight);
        };
    }
}
