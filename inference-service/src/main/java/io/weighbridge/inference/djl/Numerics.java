package io.weighbridge.inference.djl;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.kernels.KernelModelRunner;
import java.util.Locale;

/** How a loaded model holds its linear weights. Norms, biases and the residual stream are float32 but for {@link #BF16}. */
public enum Numerics {
    /** 32-bit floats: the reference. */
    F32,
    /** 16-bit brain floats, weights and activations. */
    BF16,
    /** 8-bit integers: in the kernels in blocks of 32 with a scale each, Q8_0 exactly; in libtorch with one for each row. */
    INT8,
    /** 4-bit integers in blocks of 32 with a scale and a minimum each. Q4_0 and Q4_1 are taken over exactly. */
    INT4;

    /** What comes closest to how the checkpoint stores its weights without widening them. */
    public static Numerics auto(Decoder decoder) {
        var typical = decoder.tensors()
                .layers()
                .getFirst()
                .feedForward()
                .linears()
                .findFirst()
                .orElseThrow()
                .weight();
        return switch (typical.type()) {
            case F64, F32, F16 -> F32;
            case BF16 -> BF16;
            case Q1_0,
                    Q4_0,
                    Q4_1,
                    Q4_K,
                    Q2_K,
                    Q3_K,
                    IQ1_S,
                    IQ1_M,
                    IQ2_XXS,
                    IQ2_XS,
                    IQ2_S,
                    IQ3_XXS,
                    IQ3_S,
                    IQ4_NL,
                    IQ4_XS,
                    TQ1_0,
                    TQ2_0,
                    MXFP4,
                    NVFP4 -> KernelModelRunner.supports(decoder.spec()) || fitsInt4(decoder) ? INT4 : INT8;
            case F8_E4M3, F8_E5M2 -> BF16; // which holds their values exactly
            case Q5_0, Q5_1, Q8_0, Q5_K, Q6_K -> INT8;
            case I64, I32, I16, I8, U8, BOOL -> F32;
        };
    }

    /** Parses a name as written in configuration: f32, bf16, int8 or int4. */
    public static Numerics parse(String name) {
        for (var numerics : values()) {
            if (numerics.label().equals(name)) {
                return numerics;
            }
        }
        throw new IllegalArgumentException("numerics must be auto, f32, bf16, int8 or int4, is '%s'".formatted(name));
    }

    /** The name written in configuration and status. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * How the output head is held beside layers in these numerics. It decides between tokens, so four bits are used there
     * only where nothing more is stored: on the starter model an int4 head made of Q8_0 weights lost a tenth of the top
     * tokens, an int8 head a hundredth.
     */
    public Numerics ofHead(Decoder decoder) {
        var stored = decoder.tensors().head().weight().type();
        return this == INT4 && stored != TensorType.Q4_0 && stored != TensorType.Q4_1 ? INT8 : this;
    }

    /** Whether everything that int4 holds in four bits can be cut into the tiles of libtorch's kernel: inputs by 32, outputs by 16. */
    public static boolean fitsInt4(Decoder decoder) {
        return (INT4.ofHead(decoder) != INT4 || fits(decoder.tensors().head().weight()))
                && decoder.tensors().layers().stream()
                        .flatMap(Layer::linears)
                        .allMatch(linear -> fits(linear.weight()));
    }

    private static boolean fits(Tensor weight) {
        return weight.shape().get(0) % PackedLinear.INT4_ROW_MULTIPLE == 0
                && weight.shape().get(1) % PackedLinear.INT4_GROUP == 0;
    }
}
