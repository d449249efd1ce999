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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NumericsTest {
    private static final int HIDDEN = 64;
    private static final int VOCABULARY = 321;

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.MATCH_ANY,
            names = {"I?Q.*", "MXFP4", "NVFP4", "TQ.*"})
    void quantized_weights_stay_as_stored(TensorType type) {
        assertThat(Numerics.auto(decoder(type))).isEqualTo(Numerics.STORED);
    }

    @Test
    void floats_stay_floats() {
        assertThat(Numerics.auto(decoder(TensorType.F32))).isEqualTo(Numerics.F32);
        assertThat(Numerics.auto(decoder(TensorType.F16))).isEqualTo(Numerics.F32);
        assertThat(Numerics.auto(decoder(TensorType.BF16))).isEqualTo(Numerics.BF16);
    }

    @Test
    void a_head_has_four_bits_only_where_no_more_are_stored() {
        assertThat(Numerics.INT4.ofHead(decoder(TensorType.Q8_0))).isEqualTo(Numerics.INT8);
        assertThat(Numerics.INT4.ofHead(decoder(TensorType.Q4_1))).isEqualTo(Numerics.INT4);
        assertThat(Numerics.STORED.ofHead(decoder(TensorType.Q8_0))).isEqualTo(Numerics.STORED);
    }

    /** Shapes only: nothing here reads a value. */
    private static Decoder decoder(TensorType type) {
        var linear = new DecoderTensors.Linear(tensor(type, HIDDEN, HIDDEN), null);
        var norm = new DecoderTensors.Norm(tensor(TensorType.F32, HIDDEN), null);
        var feedForward = new DecoderTensors.Dense(linear, linear, linear);
        var layer = new DecoderTensors.Layer(
                norm, linear, linear, linear, null, null, null, linear, null, norm, feedForward, null);
        var head = tensor(type, VOCABULARY, HIDDEN);
        var spec = new DecoderSpec(
                HIDDEN,
                2,
                2,
                32,
                VOCABULARY,
                128,
                1,
                0,
                new DecoderSpec.Norm(DecoderSpec.Norm.Kind.RMS, 1e-5),
                List.of(new DecoderSpec.Rope(List.of(1.0), DecoderSpec.RopeLayout.HALVES, 1)),
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
