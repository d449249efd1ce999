package io.weighbridge.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class DequantizerTest {
    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"F64", "F32", "I64", "I32", "I16", "I8", "U8", "BOOL"})
    void values_are_bit_equal_to_those_of_the_reference(TensorType type) {
        try (var file = SafetensorsFile.open(Golden.path("quants.safetensors"))) {
            var expected = Objects.requireNonNull(file.tensors().get(type + ".values"));
            var blocks = Objects.requireNonNull(file.tensors().get(type + ".blocks"));
            var tensor = new Tensor(type.name(), type, expected.shape(), blocks.data());

            assertThat(bits(Dequantizer.values(tensor))).isEqualTo(bits(Dequantizer.values(expected)));

            int columns = Math.toIntExact(expected.shape().getLast());
            var rows = new float[1 + 2 * columns];
            var expectedRows = new float[1 + 2 * columns];
            Dequantizer.rows(tensor, 1, 2, rows, 1);
            Dequantizer.rows(expected, 1, 2, expectedRows, 1);
            assertThat(bits(rows)).isEqualTo(bits(expectedRows));
        }
    }

    @Test
    void doubles_and_floats_come_out_as_floats() {
        var doubles = MemorySegment.ofArray(new double[] {1.5, -0.1});
        assertThat(Dequantizer.values(new Tensor("d", TensorType.F64, List.of(2L), bytes(doubles))))
                .containsExactly(1.5f, -0.1f);
        var floats = MemorySegment.ofArray(new float[] {1.5f, -0.1f});
        assertThat(Dequantizer.values(new Tensor("f", TensorType.F32, List.of(2L), bytes(floats))))
                .containsExactly(1.5f, -0.1f);
    }

    @Test
    void whole_numbers_are_refused() {
        var tensor = new Tensor("i", TensorType.I8, List.of(1L), MemorySegment.ofArray(new byte[1]));
        assertThatThrownBy(() -> Dequantizer.values(tensor))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("I8");
    }

    @Test
    void a_part_of_a_block_is_refused() {
        var data = MemorySegment.ofArray(new byte[18]);
        assertThatThrownBy(() -> Dequantizer.decode(TensorType.Q4_0, data, 0, new float[32], 0, 16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("multiple of 32");
    }

    @Test
    void more_values_than_an_array_holds_are_refused() {
        var tensor = new Tensor("big", TensorType.F32, List.of(1L << 20, 1L << 12), MemorySegment.NULL);
        assertThatThrownBy(() -> Dequantizer.values(tensor))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("too many");
    }

    private static MemorySegment bytes(MemorySegment segment) {
        return MemorySegment.ofArray(segment.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }

    private static int[] bits(float[] values) {
        var bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
