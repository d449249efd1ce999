package io.weighbridge.engine.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * The codebooks of ggml's IQ types: each index stands for four or eight values at once. The numbers are facts of the GGUF
 * format; {@code src/main/scripts/codebook_grids.py} takes them from the {@code gguf} Python package and writes the
 * resource, in which an index has 16 bits: eight digits to base 4, or four to base 8, first value lowest.
 */
final class CodebookGrids {
    /** Values of the two-bit types' digits. */
    private static final byte[] TWO_BITS = {0x08, 0x19, 0x2b};

    /** Values of IQ3_XXS's digits. */
    private static final byte[] THREE_BITS_XXS = {0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3e};

    /** Values of IQ3_S's digits. */
    private static final byte[] THREE_BITS_S = {1, 3, 5, 7, 9, 11, 13, 15};

    private static final byte[] ONE_BIT = {-1, 0, 1};

    /** Values in the order of the indices, each a run of 8, or of 4 for IQ3. */
    static final byte[] IQ2_XXS;

    static final byte[] IQ2_XS;
    static final byte[] IQ2_S;
    static final byte[] IQ1;
    static final byte[] IQ3_XXS;
    static final byte[] IQ3_S;

    static {
        var packed = resource();
        IQ2_XXS = unpacked(packed, 0, 256, 8, TWO_BITS);
        IQ2_XS = unpacked(packed, 256, 512, 8, TWO_BITS);
        IQ2_S = unpacked(packed, 768, 1024, 8, TWO_BITS);
        IQ1 = unpacked(packed, 1792, 2048, 8, ONE_BIT);
        IQ3_XXS = unpacked(packed, 3840, 256, 4, THREE_BITS_XXS);
        IQ3_S = unpacked(packed, 4096, 512, 4, THREE_BITS_S);
    }

    private CodebookGrids() {}

    private static byte[] unpacked(byte[] packed, int firstIndex, int indices, int run, byte[] digits) {
        var values = new byte[indices * run];
        int digitBits = run == 8 ? 2 : 3;
        for (int index = 0; index < indices; index++) {
            int at = 2 * (firstIndex + index);
            int bits = packed[at] & 0xff | (packed[at + 1] & 0xff) << 8;
            for (int j = 0; j < run; j++) {
                values[index * run + j] = digits[bits >>> j * digitBits & (1 << digitBits) - 1];
            }
        }
        return values;
    }

    private static byte[] resource() {
        try (var stream = Objects.requireNonNull(CodebookGrids.class.getResourceAsStream("codebook-grids.bin"))) {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
