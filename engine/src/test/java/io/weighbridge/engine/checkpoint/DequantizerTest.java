package io.weighbridge.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
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
            names = {"F64", "F32", "F8_E4M3", "F8_E5M2", "I64", "I32", "I16", "I8", "U8", "BOOL", "Q1_0"})
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

    /** Values by hand from the formats' definitions: zero, least, one, greatest, infinite, none. */
    @Test
    void eight_bit_floats_are_those_of_their_definitions() {
        assertThat(values(TensorType.F8_E4M3, 0x00, 0x01, 0x38, 0x7e, 0x7f, 0x80, 0x81, 0xb8, 0xfe, 0xff))
                .containsExactly(0, 0x1p-9f, 1, 448, Float.NaN, -0f, -0x1p-9f, -1, -448, Float.NaN);
        assertThat(values(TensorType.F8_E5M2, 0x00, 0x01, 0x3c, 0x7b, 0x7c, 0x7f, 0x80, 0xbd))
                .containsExactly(0, 0x1p-16f, 1, 57_344, Float.POSITIVE_INFINITY, Float.NaN, -0f, -1.25f);
    }

    @Test
    void bits_are_signs_of_one_scale() {
        var block = new int[18];
        block[1] = 0x40; // 2 as a float of 16 bits
        block[2] = 0b0000_0101;
        block[17] = 0x80;
        var expected = new float[128];
        Arrays.fill(expected, -2);
        expected[0] = 2;
        expected[2] = 2;
        expected[127] = 2;
        assertThat(values(TensorType.Q1_0, block)).containsExactly(expected);
    }

    @ParameterizedTest
    @EnumSource
    void decoding_allocates_nothing(TensorType type) {
        if (!type.isReal()) {
            assertThatThrownBy(type::decoder).isInstanceOf(CheckpointException.class);
            return;
        }
        int blocks = 64;
        var data = MemorySegment.ofArray(new byte[blocks * type.blockBytes()]);
        var values = new float[blocks * type.blockSize()];
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) { // the first rounds pay for classes and for code not yet compiled
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int j = 0; j < 20; j++) {
                Dequantizer.decode(type, data, 0, values, 0, values.length);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
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

    private static float[] values(TensorType type, int... bytes) {
        var data = new byte[bytes.length];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) bytes[i];
        }
        long count = (long) bytes.length / type.blockBytes() * type.blockSize();
        return Dequantizer.values(new Tensor("t", type, List.of(count), MemorySegment.ofArray(data)));
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
