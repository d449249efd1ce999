package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderTensors;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumericsTest {
    private static final int HIDDEN = 64;

    @Test
    void a_head_that_stays_int8_need_not_fit_the_four_bit_kernel() {
        assertThat(Numerics.auto(decoder(HIDDEN, TensorType.Q8_0, 321))).isEqualTo(Numerics.INT4);
    }

    @Test
    void a_four_bit_head_must_fit_it() {
        assertThat(Numerics.auto(decoder(HIDDEN, TensorType.Q4_1, 321))).isEqualTo(Numerics.INT8);
        assertThat(Numerics.auto(decoder(HIDDEN, TensorType.Q4_1, 320))).isEqualTo(Numerics.INT4);
    }

    @Test
    void layers_that_do_not_fit_it_fall_back_to_int8() {
        assertThat(Numerics.auto(decoder(72, TensorType.Q8_0, 320))).isEqualTo(Numerics.INT8);
    }

    /** Shapes only: nothing here reads a value. */
    private static Decoder decoder(int layerOutputs, TensorType headType, int vocabularySize) {
        var linear = new DecoderTensors.Linear(tensor(TensorType.Q4_1, layerOutputs, HIDDEN), null);
        var norm = tensor(TensorType.F32, HIDDEN);
        var layer = new DecoderTensors.Layer(norm, linear, linear, linear, linear, norm, linear, linear, linear);
        var head = tensor(headType, vocabularySize, HIDDEN);
        var spec = new DecoderSpec(
                1,
                HIDDEN,
                2,
                2,
                32,
                HIDDEN,
                vocabularySize,
                128,
                1e-5,
                List.of(1.0),
                DecoderSpec.RopeLayout.HALVES,
                1,
                1,
                DecoderSpec.Activation.SILU);
        return new Decoder(spec, new DecoderTensors(head, List.of(layer), norm, new DecoderTensors.Linear(head, null)));
    }

    private static Tensor tensor(TensorType type, long... shape) {
        var sizes = java.util.Arrays.stream(shape).boxed().toList();
        return new Tensor("t", type, sizes, MemorySegment.NULL);
    }
}
