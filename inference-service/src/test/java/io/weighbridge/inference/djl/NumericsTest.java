package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderTensors;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
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

    @Test
    void a_decoder_that_the_kernels_run_may_have_any_shape() {
        assertThat(Numerics.auto(decoder(72, TensorType.Q4_1, 321, Collections.nCopies(16, 1.0))))
                .isEqualTo(Numerics.INT4);
    }

    /** One that rotates a part of each head only, which the kernels do not. */
    private static Decoder decoder(int layerOutputs, TensorType headType, int vocabularySize) {
        return decoder(layerOutputs, headType, vocabularySize, List.of(1.0));
    }

    /** Shapes only: nothing here reads a value. */
    private static Decoder decoder(
            int layerOutputs, TensorType headType, int vocabularySize, List<Double> ropeFrequencies) {
        var linear = new DecoderTensors.Linear(tensor(TensorType.Q4_1, layerOutputs, HIDDEN), null);
        var norm = new DecoderTensors.Norm(tensor(TensorType.F32, HIDDEN), null);
        var feedForward = new DecoderTensors.Dense(linear, linear, linear);
        var layer = new DecoderTensors.Layer(
                norm, linear, linear, linear, null, null, null, linear, null, norm, feedForward, null);
        var head = tensor(headType, vocabularySize, HIDDEN);
        var spec = new DecoderSpec(
                HIDDEN,
                2,
                2,
                32,
                vocabularySize,
                128,
                1,
                0,
                new DecoderSpec.Norm(DecoderSpec.Norm.Kind.RMS, 1e-5),
                List.of(new DecoderSpec.Rope(ropeFrequencies, DecoderSpec.RopeLayout.HALVES, 1)),
                List.of(new DecoderSpec.LayerKind(0, DecoderSpec.LayerKind.NO_WINDOW)),
                DecoderSpec.Attention.scaled(1),
                new DecoderSpec.FeedForward(HIDDEN, true, DecoderSpec.Activation.SILU, null),
                DecoderSpec.Residual.PLAIN,
                DecoderSpec.Output.PLAIN);
        return new Decoder(
                spec,
                new DecoderTensors(head, null, null, List.of(layer), norm, new DecoderTensors.Linear(head, null)));
    }

    private static Tensor tensor(TensorType type, long... shape) {
        var sizes = java.util.Arrays.stream(shape).boxed().toList();
        return new Tensor("t", type, sizes, MemorySegment.NULL);
    }
}
