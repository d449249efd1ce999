package io.weighbridge.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementwiseTest {
    @Test
    void exponentials_are_right_in_all_of_a_floats_digits() {
        var values = new float[Lanes.TILE_ROWS];
        for (float x = -86; x < 86; x += 0.37f) {
            Arrays.fill(values, x);
            Elementwise.exp(values, 0, values.length, 0, 1, values, 0);
            assertThat((double) values[0]).as("e^%s", x).isCloseTo(Math.exp(x), withinPercentage(3e-5));
        }
    }

    @Test
    void exponentials_beyond_what_a_float_holds_stay_finite() {
        var values = new float[Lanes.TILE_ROWS];
        values[0] = -1000;
        values[1] = 1000;
        Elementwise.exp(values, 0, values.length, 0, 1, values, 0);
        assertThat(values[0]).isBetween(0f, 1e-37f);
        assertThat(values[1]).isBetween(1e38f, Float.MAX_VALUE);
    }

    @Test
    void rms_norm_divides_by_the_root_of_the_mean_square_and_leaves_the_padding_zero() {
        int count = 70;
        int padded = 96;
        var random = new Random(1);
        var values = new float[padded];
        var weights = new float[padded];
        double squares = 0;
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
            weights[i] = (float) random.nextGaussian();
            squares += values[i] * (double) values[i];
        }
        var result = new float[padded];
        Elementwise.rmsNorm(values, 0, count, weights, 1e-5f, result, 0);
        for (int i = 0; i < padded; i++) {
            double expected = values[i] / Math.sqrt(squares / count + 1e-5f) * weights[i];
            assertThat((double) result[i]).isCloseTo(expected, offset(1e-6));
        }
    }

    @Test
    void layer_norm_has_mean_0_and_variance_1_and_leaves_the_padding_zero() {
        int count = 37;
        int padded = 64;
        var random = new Random(3);
        var values = new float[padded];
        var weights = new float[padded];
        var biases = new float[padded];
        double mean = 0;
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() + 3;
            weights[i] = (float) random.nextGaussian();
            biases[i] = (float) random.nextGaussian();
            mean += values[i] / (double) count;
        }
        double squares = 0;
        for (int i = 0; i < count; i++) {
            squares += (values[i] - mean) * (values[i] - mean);
        }
        var result = values.clone();
        Elementwise.layerNorm(result, 0, count, weights, biases, 1e-5f, result, 0);
        for (int i = 0; i < padded; i++) {
            double expected = (values[i] - mean) / Math.sqrt(squares / count + 1e-5f) * weights[i] + biases[i];
            assertThat((double) result[i]).isCloseTo(expected, offset(3e-6));
        }
    }

    @ParameterizedTest
    @EnumSource
    void activations_are_right_in_a_floats_digits(Activation activation) {
        var gate = new float[Lanes.TILE_ROWS];
        var up = new float[Lanes.TILE_ROWS];
        for (float x = -12; x < 12; x += 0.013f) {
            Arrays.fill(gate, x);
            Arrays.fill(up, 9 - x);
            Elementwise.activate(activation, gate, 0, new float[Lanes.TILE_ROWS]);
            assertThat((double) gate[3])
                    .as("%s of %s", activation, x)
                    .isCloseTo(expected(activation, x), offset(2e-7 + 8e-7 * Math.abs(expected(activation, x))));
            Elementwise.gate(activation, gate, up, 0);
            double factor = activation == Activation.CLAMPED_SWIGLU ? Math.clamp(9 - x, -7.0, 7.0) + 1 : 9 - x;
            assertThat((double) gate[3]).isCloseTo(expected(activation, x) * factor, offset(1e-4));
        }
    }

    private static double expected(Activation activation, double x) {
        return switch (activation) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU_TANH -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> x * normal(x);
            case RELU -> Math.max(x, 0);
            case CLAMPED_SWIGLU -> Math.min(x, 7) / (1 + Math.exp(-1.702 * Math.min(x, 7)));
        };
    }

    /** The normal distribution's share below x, by adding up its density. */
    private static double normal(double x) {
        double step = Math.abs(x) / 2000;
        double sum = 0;
        for (int i = 0; i < 2000; i++) {
            double at = (i + 0.5) * step;
            sum += Math.exp(-at * at / 2) * step;
        }
        return 0.5 + Math.signum(x) * sum / Math.sqrt(2 * Math.PI);
    }

    @Test
    void capped_values_are_those_of_tanh() {
        var values = new float[Lanes.TILE_ROWS];
        for (float x = -400; x < 400; x += 1.7f) {
            Arrays.fill(values, x);
            Elementwise.cap(values, 0, values.length, 30);
            assertThat((double) values[5]).isCloseTo(30 * Math.tanh(x / 30), offset(6e-6));
        }
    }
}
