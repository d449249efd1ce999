package io.weighbridge.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ElementwiseTest {
    @Test
    void exponentials_are_right_in_all_of_a_floats_digits() {
        var values = new float[Lanes.TILE_ROWS];
        for (float x = -86; x < 86; x += 0.37f) {
            java.util.Arrays.fill(values, x);
            Lanes.exp(Lanes.load(values, 0)).intoArray(values, 0);
            assertThat((double) values[0]).as("e^%s", x).isCloseTo(Math.exp(x), withinPercentage(3e-5));
        }
    }

    @Test
    void exponentials_beyond_what_a_float_holds_stay_finite() {
        var values = new float[Lanes.TILE_ROWS];
        values[0] = -1000;
        values[1] = 1000;
        Lanes.exp(Lanes.load(values, 0)).intoArray(values, 0);
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
    void the_gate_is_silu_of_one_row_times_the_other() {
        var random = new Random(2);
        var gate = new float[Lanes.TILE_ROWS];
        var up = new float[Lanes.TILE_ROWS];
        for (int i = 0; i < gate.length; i++) {
            gate[i] = (float) random.nextGaussian() * 8;
            up[i] = (float) random.nextGaussian();
        }
        var stored = gate.clone();
        Elementwise.gate(gate, up, 0);
        for (int i = 0; i < gate.length; i++) {
            assertThat((double) gate[i]).isCloseTo(stored[i] / (1 + Math.exp(-stored[i])) * up[i], offset(2e-6));
        }
    }
}
