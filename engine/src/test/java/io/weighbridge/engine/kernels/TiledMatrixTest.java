package io.weighbridge.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.DecoderTensors;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TiledMatrixTest {
    /** Relative to the sum of the sizes of all summands. */
    private static final double ROUNDING = 2e-6;

    private static final Workers WORKERS = new Workers(2);
    private static final Arena ARENA = Arena.ofAuto();
    private static final WeightLoader LOADER = new WeightLoader(WORKERS, ARENA);

    /** Types that are held exactly, and so that rows are whole blocks of all of them. */
    private static final Set<TensorType> FOUR_BITS = EnumSet.of(TensorType.Q4_0, TensorType.Q4_1, TensorType.Q4_K);

    private static final Set<TensorType> EIGHT_BITS = EnumSet.of(
            TensorType.Q8_0,
            TensorType.Q5_0,
            TensorType.Q5_1,
            TensorType.Q2_K,
            TensorType.Q3_K,
            TensorType.Q5_K,
            TensorType.Q6_K,
            TensorType.IQ4_NL,
            TensorType.IQ4_XS,
            TensorType.MXFP4,
            TensorType.NVFP4);

    @AfterAll
    static void close() {
        WORKERS.close();
    }

    static Stream<Arguments> shapes() {
        var all = new ArrayList<Arguments>();
        for (int[] shape : new int[][] {{32, 32}, {1, 64}, {33, 96}, {100, 576}, {64, 1536}, {31, 2048}}) {
            for (var type : List.of(TensorType.Q4_0, TensorType.Q4_1, TensorType.Q8_0, TensorType.F32)) {
                all.add(Arguments.of(type, shape[0], shape[1]));
            }
        }
        var others = EnumSet.copyOf(FOUR_BITS);
        others.addAll(EIGHT_BITS);
        for (var type : others) {
            all.add(Arguments.of(type, 33, 256));
            all.add(Arguments.of(type, 64, 1536));
        }
        for (int[] shape : new int[][] {{5, 1}, {32, 7}, {70, 33}, {64, 112}, {3, 1001}}) {
            all.add(Arguments.of(TensorType.F32, shape[0], shape[1]));
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void four_bit_products_are_those_of_plain_loops_over_doubles(TensorType type, int rows, int columns) {
        var random = random(rows * 31L + columns);
        var stored = StoredTensors.random(type, rows, columns, random);
        var inputs = inputs(9, columns, random);
        var matrix = FourBitMatrix.of(stored, ARENA, LOADER);

        var actual = products(matrix, inputs, 9);

        var weights = FOUR_BITS.contains(type) ? Dequantizer.values(stored) : fourBitValues(stored, columns);
        for (int token = 0; token < 9; token++) {
            assertProduct(actual[token], weights, row(inputs, token, columns), columns);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void eight_bit_products_are_those_of_plain_loops_over_doubles(TensorType type, int rows, int columns) {
        var random = random(rows * 37L + columns);
        var stored = StoredTensors.random(type, rows, columns, random);
        var inputs = inputs(5, columns, random);
        var matrix = EightBitMatrix.of(stored, ARENA, LOADER);

        var actual = products(matrix, inputs, 5);

        var weights = EIGHT_BITS.contains(type) ? Dequantizer.values(stored) : eightBitValues(stored, columns);
        for (int token = 0; token < 5; token++) {
            assertProduct(actual[token], weights, row(inputs, token, columns), columns);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void float_products_are_those_of_plain_loops_over_doubles(TensorType type) {
        for (int[] shape : new int[][] {{32, 32}, {5, 1}, {33, 96}, {70, 33}}) {
            var random = random(shape[0] * 41L + shape[1]);
            var stored = StoredTensors.floatsAs(type, shape[0], shape[1], random);
            var inputs = inputs(9, shape[1], random);
            var matrix = FloatMatrix.of(stored, ARENA, LOADER);

            var actual = products(matrix, inputs, 9);

            var weights = Dequantizer.values(stored);
            for (int token = 0; token < 9; token++) {
                assertProduct(actual[token], weights, row(inputs, token, shape[1]), shape[1]);
                var alone = new Rows(1, shape[1]);
                alone.begin(1);
                alone.copy(0, inputs, token);
                assertThat(products(matrix, alone, 1)[0]).isEqualTo(actual[token]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void a_weight_takes_the_bytes_that_were_foretold(TensorType type, int rows, int columns) {
        var stored = StoredTensors.random(type, rows, columns, random(1));
        assertThat(FourBitMatrix.of(stored, ARENA, LOADER).memory.byteSize()).isEqualTo(WeightBits.FOUR.bytes(stored));
        assertThat(EightBitMatrix.of(stored, ARENA, LOADER).memory.byteSize())
                .isEqualTo(WeightBits.EIGHT.bytes(stored));
    }

    @Test
    void a_scale_that_is_no_number_is_refused_by_name() {
        for (var type : List.of(TensorType.Q4_0, TensorType.Q8_0, TensorType.Q4_K)) {
            var stored = StoredTensors.random(type, 2, 256, random(4));
            stored.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) 0x7c00);
            assertThatThrownBy(() -> LOADER.linear(new DecoderTensors.Linear(stored, null), WeightBits.STORED))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("tensor 'random'");
        }
    }

    @Test
    void requantizing_to_eight_bits_keeps_two_digits_and_to_four_bits_one() {
        var random = random(3);
        var stored = StoredTensors.random(TensorType.F32, 64, 512, random);
        var inputs = inputs(1, 512, random);
        var exact = new double[64];
        var weights = Dequantizer.values(stored);
        for (int i = 0; i < weights.length; i++) {
            exact[i / 512] += weights[i] * (double) inputs.values[inputs.at(0, i % 512)];
        }
        assertThat(relativeError(products(EightBitMatrix.of(stored, ARENA, LOADER), inputs, 1)[0], exact))
                .isLessThan(0.01);
        assertThat(relativeError(products(FourBitMatrix.of(stored, ARENA, LOADER), inputs, 1)[0], exact))
                .isLessThan(0.12);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void a_tokens_products_have_the_same_bits_alone_and_among_others(TensorType type, int rows, int columns) {
        var random = random(rows + columns);
        var stored = StoredTensors.random(type, rows, columns, random);
        var inputs = inputs(11, columns, random);
        for (var matrix : List.of(FourBitMatrix.of(stored, ARENA, LOADER), EightBitMatrix.of(stored, ARENA, LOADER))) {
            var together = products(matrix, inputs, 11);
            for (int token = 0; token < 11; token++) {
                var alone = new Rows(1, columns);
                alone.begin(1);
                alone.copy(0, inputs, token);
                assertThat(products(matrix, alone, 1)[0]).isEqualTo(together[token]);
            }
            for (int tokens = 2; tokens < 11; tokens++) {
                assertThat(products(matrix, inputs, tokens)).isEqualTo(Arrays.copyOf(together, tokens));
            }
        }
    }

    @Test
    void inputs_of_zeros_give_zeros_and_what_is_no_number_shows() {
        var stored = StoredTensors.random(TensorType.Q4_1, 32, 64, random(8));
        var matrix = FourBitMatrix.of(stored, ARENA, LOADER);
        var inputs = new Rows(2, 64);
        inputs.values[inputs.at(1, 40)] = Float.NaN;

        var products = products(matrix, inputs, 2);

        assertThat(products[0]).containsOnly(0f);
        assertThat(products[1]).containsOnly(Float.NaN);
    }

    @Test
    void very_small_and_very_large_inputs_neither_vanish_nor_overflow() {
        for (float size : new float[] {1e-12f, 1e12f}) {
            var stored = StoredTensors.random(TensorType.Q4_1, 32, 64, random(9));
            var inputs = inputs(1, 64, random(10));
            for (int i = 0; i < 64; i++) {
                inputs.values[inputs.at(0, i)] *= size;
            }
            var actual = products(FourBitMatrix.of(stored, ARENA, LOADER), inputs, 1)[0];
            assertProduct(actual, Dequantizer.values(stored), row(inputs, 0, 64), 64);
        }
    }

    @Test
    void values_beyond_float16_scales_are_refused_by_name() {
        var stored = StoredTensors.floats(List.of(1L, 2L), new float[] {1e9f, -1e9f});
        assertThatThrownBy(() -> FourBitMatrix.of(stored, ARENA, LOADER))
                .isInstanceOf(CheckpointException.class)
                .hasMessage("tensor 'floats' holds values that fit no float16 scale; load it as f32 or bf16");
        assertThatThrownBy(() -> EightBitMatrix.of(stored, ARENA, LOADER)).isInstanceOf(CheckpointException.class);
    }

    private static float[][] products(TiledMatrix matrix, Rows inputs, int tokens) {
        var products = new float[tokens][matrix.rows];
        var results = new float[tokens * Lanes.TILE_ROWS];
        var scratch = new TileScratch();
        for (int tile = 0; tile < matrix.tiles; tile++) {
            Arrays.fill(results, Float.NaN);
            matrix.tile(tile, inputs, 0, tokens, scratch, results);
            for (int token = 0; token < tokens; token++) {
                System.arraycopy(
                        results, token * Lanes.TILE_ROWS, products[token], tile * Lanes.TILE_ROWS, matrix.rowsIn(tile));
            }
        }
        return products;
    }

    private static void assertProduct(float[] actual, float[] weights, double[] inputs, int columns) {
        for (int row = 0; row < actual.length; row++) {
            double expected = 0;
            double size = 0;
            for (int i = 0; i < columns; i++) {
                double summand = weights[row * columns + i] * inputs[i];
                expected += summand;
                size += Math.abs(summand);
            }
            // Sizes of nibble and minimum may cancel in a weight, not in what is added up.
            assertThat((double) actual[row]).as("row %d", row).isCloseTo(expected, offset(20 * size * ROUNDING));
        }
    }

    private static double[] row(Rows inputs, int token, int columns) {
        var row = new double[columns];
        for (int i = 0; i < columns; i++) {
            row[i] = inputs.values[inputs.at(token, i)];
        }
        return row;
    }

    private static float[] fourBitValues(Tensor stored, int columns) {
        var values = Dequantizer.values(stored);
        forBlocks(values, columns, (from, to) -> {
            float low = Float.POSITIVE_INFINITY;
            float high = Float.NEGATIVE_INFINITY;
            for (int i = from; i < to; i++) {
                low = Math.min(low, values[i]);
                high = Math.max(high, values[i]);
            }
            float scale = half((high - low) / 15);
            for (int i = from; i < to; i++) {
                int nibble = scale == 0 ? 0 : Math.clamp(Math.round((values[i] - half(low)) / scale), 0, 15);
                values[i] = nibble * scale + half(low);
            }
        });
        return values;
    }

    private static float[] eightBitValues(Tensor stored, int columns) {
        var values = Dequantizer.values(stored);
        forBlocks(values, columns, (from, to) -> {
            float largest = 0;
            for (int i = from; i < to; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            float scale = half(largest / 127);
            for (int i = from; i < to; i++) {
                values[i] = scale == 0 ? 0 : Math.clamp(Math.round(values[i] / scale), -127, 127) * scale;
            }
        });
        return values;
    }

    private interface Block {
        void accept(int from, int to);
    }

    private static void forBlocks(float[] values, int columns, Block block) {
        for (int row = 0; row < values.length; row += columns) {
            for (int from = row; from < row + columns; from += Lanes.BLOCK) {
                block.accept(from, Math.min(row + columns, from + Lanes.BLOCK));
            }
        }
    }

    private static float half(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }

    private static double relativeError(float[] actual, double[] exact) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            error += (actual[i] - exact[i]) * (actual[i] - exact[i]);
            size += exact[i] * exact[i];
        }
        return Math.sqrt(error / size);
    }

    private static Rows inputs(int tokens, int columns, RandomGenerator random) {
        var rows = new Rows(tokens, columns);
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < columns; i++) {
                rows.values[rows.at(token, i)] = (float) random.nextGaussian();
            }
        }
        return rows;
    }

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
    }
}
