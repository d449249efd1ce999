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
    /** Each weight in the bits and with the values that the checkpoint stores, in the kernels only. */
    STORED,
    /** 8-bit integers: in the kernels in blocks of 32 with a scale each, or as stored; in libtorch with one for each row. */
    INT8,
    /** 4-bit integers in blocks of 32 with a scale and a minimum each. Q4_0, Q4_1 and, in the kernels, Q4_K are taken over exactly. */
    INT4;

    /** As the checkpoint stores its weights: quantized ones stay so, floats of other widths become those of the nearest numerics. */
    public static Numerics auto(Decoder decoder) {
        var typical = decoder.tensors()
                .layers()
                .getFirst()
                .feedForward()
                .linears()
                .findFirst()
                .orElseThrow()
                .weight()
                .type();
        return switch (typical) {
            case F64, F32, F16 -> F32;
            case BF16 -> BF16;
            case F8_E4M3, F8_E5M2 -> BF16; // which holds their values exactly
            case I64, I32, I16, I8, U8, BOOL -> F32;
            default -> KernelModelRunner.supports(decoder.spec()) ? STORED : INT8;
        };
    }

    /** Parses a name as written in configuration: f32, bf16, stored, int8 or int4. */
    public static Numerics parse(String name) {
        for (var numerics : values()) {
            if (numerics.label().equals(name)) {
                return numerics;
            }
        }
        throw new IllegalArgumentException(
                "numerics must be auto, f32, bf16, stored, int8 or int4, is '%s'".formatted(name));
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
