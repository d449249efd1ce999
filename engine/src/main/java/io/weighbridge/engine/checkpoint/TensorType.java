package io.weighbridge.engine.checkpoint;

import org.jspecify.annotations.Nullable;

/**
 * How the values of a stored tensor are encoded: plain numbers, or blocks of {@link #blockSize} values in
 * {@link #blockBytes} bytes. Block layouts are ggml's. The types of one group share the class that decodes them.
 */
public enum TensorType {
    F64(8, PlainNumbers::f64),
    F32(4, PlainNumbers::f32),
    F16(2, PlainNumbers::f16),
    BF16(2, PlainNumbers::bf16),
    F8_E4M3(1, PlainNumbers::f8E4m3),
    F8_E5M2(1, PlainNumbers::f8E5m2),
    I64(8, null),
    I32(4, null),
    I16(2, null),
    I8(1, null),
    U8(1, null),
    BOOL(1, null),
    Q1_0(128, 18, LegacyBlocks::q1_0),
    Q4_0(32, 18, LegacyBlocks::q4_0),
    Q4_1(32, 20, LegacyBlocks::q4_1),
    Q5_0(32, 22, LegacyBlocks::q5_0),
    Q5_1(32, 24, LegacyBlocks::q5_1),
    Q8_0(32, 34, LegacyBlocks::q8_0),
    Q2_K(256, 84, SuperBlocks::q2),
    Q3_K(256, 110, SuperBlocks::q3),
    Q4_K(256, 144, SuperBlocks::q4),
    Q5_K(256, 176, SuperBlocks::q5),
    Q6_K(256, 210, SuperBlocks::q6),
    IQ1_S(256, 50, CodebookBlocks::iq1s),
    IQ1_M(256, 56, CodebookBlocks::iq1m),
    IQ2_XXS(256, 66, CodebookBlocks::iq2xxs),
    IQ2_XS(256, 74, CodebookBlocks::iq2xs),
    IQ2_S(256, 82, CodebookBlocks::iq2s),
    IQ3_XXS(256, 98, CodebookBlocks::iq3xxs),
    IQ3_S(256, 110, CodebookBlocks::iq3s),
    IQ4_NL(32, 18, CodebookBlocks::iq4nl),
    IQ4_XS(256, 136, CodebookBlocks::iq4xs),
    TQ1_0(256, 54, TernaryBlocks::tq1),
    TQ2_0(256, 66, TernaryBlocks::tq2),
    MXFP4(32, 17, FourBitFloatBlocks::mxfp4),
    NVFP4(64, 36, FourBitFloatBlocks::nvfp4);

    private final int blockSize;
    private final int blockBytes;

    @SuppressWarnings("ImmutableEnumChecker") // decoders hold no state
    private final @Nullable RunDecoder decoder;

    TensorType(int bytes, @Nullable RunDecoder decoder) {
        this.blockSize = 1;
        this.blockBytes = bytes;
        this.decoder = decoder;
    }

    TensorType(int blockSize, int blockBytes, BlockDecoder decoder) {
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
        this.decoder = BlockDecoder.repeated(decoder, blockSize, blockBytes);
    }

    /** Whether values are real numbers, as weights are. */
    public boolean isReal() {
        return decoder != null;
    }

    /** Values per block; 1 for plain types. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes per block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** What widens the values to floats; whole numbers are refused. */
    RunDecoder decoder() {
        if (decoder == null) {
            throw new CheckpointException("type %s does not hold real numbers".formatted(this));
        }
        return decoder;
    }
}
