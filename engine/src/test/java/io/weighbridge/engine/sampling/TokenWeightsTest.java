package io.weighbridge.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenWeightsTest {
    /** Of a sum, whose large weights count, and of one weight for each unit of its exponent, which is a float. */
    private static final double RELATIVE_ERROR_MAX = 1e-6;

    private static final double RELATIVE_ERROR_PER_UNIT = 1.2e-7;

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(1);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 255, 256, 257, 1000, 49152})
    void weights_and_their_sum_are_those_of_exact_arithmetic(int size) {
        var logits = logits(size);
        var weights = new TokenWeights();
        for (double temperature : new double[] {0.3, 1, 2}) {
            float largest = logits[TokenWeights.mostProbable(logits)];
            weights.compute(logits, largest, temperature, 0);
            double sum = 0;
            for (int id = 0; id < size; id++) {
                double exponent = (logits[id] - (double) largest) / temperature;
                double expected = Math.exp(exponent);
                double error = RELATIVE_ERROR_MAX - exponent * RELATIVE_ERROR_PER_UNIT;
                assertThat((double) weights.weight(id)).isCloseTo(expected, within(expected * error + 1e-37));
                sum += expected;
            }
            assertThat(weights.total()).isCloseTo(sum, within(sum * RELATIVE_ERROR_MAX));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 17, 300, 5000})
    void a_longer_vocabulary_before_leaves_nothing_behind(int size) {
        var weights = new TokenWeights();
        weights.compute(logits(6000), 20, 1, 0);
        var fresh = new TokenWeights();
        var logits = logits(size);
        weights.compute(logits, 20, 1, 0);
        fresh.compute(logits, 20, 1, 0);
        assertThat(weights.total()).isEqualTo(fresh.total());
        assertThat(weights.draw(Math.nextDown(1.0))).isLessThan(size).isEqualTo(fresh.draw(Math.nextDown(1.0)));
    }

    @Test
    void the_largest_weight_is_one_and_what_is_too_small_is_zero() {
        var weights = new TokenWeights();
        weights.compute(new float[] {3, Float.NEGATIVE_INFINITY, 2.9f, -200, 2}, 3, 1, 0.5);
        assertThat(IntStream.range(0, 5).mapToObj(weights::weight))
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo(1f),
                        barred -> assertThat(barred).isZero(),
                        near -> assertThat(near).isCloseTo(0.9048f, within(1e-4f)),
                        far -> assertThat(far).isZero(),
                        below -> assertThat(below).isZero());
    }

    @Test
    void the_smallest_temperature_leaves_only_the_best() {
        var weights = new TokenWeights();
        weights.compute(new float[] {1, 2, 2, 1.99f}, 2, Double.MIN_VALUE, 0);
        assertThat(weights.total()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.25, 0.5, 0.75, 0.999999})
    void a_share_of_the_total_is_drawn_where_the_running_sum_passes_it(double share) {
        var logits = logits(3000);
        float largest = logits[TokenWeights.mostProbable(logits)];
        var weights = new TokenWeights();
        weights.compute(logits, largest, 1, 0);
        int drawn = weights.draw(share);
        double before = 0;
        for (int id = 0; id < drawn; id++) {
            before += weights.weight(id);
        }
        double slack = 1e-5 * weights.total();
        assertThat(before).isLessThanOrEqualTo(share * weights.total() + slack);
        assertThat(before + weights.weight(drawn)).isGreaterThanOrEqualTo(share * weights.total() - slack);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1})
    void nothing_without_weight_is_drawn(double share) {
        var logits = new float[700];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        logits[300] = 1;
        var weights = new TokenWeights();
        weights.compute(logits, 1, 1, 0);
        assertThat(weights.draw(share)).isEqualTo(300);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 100, 1027})
    void the_most_probable_is_found_at_every_place_and_ties_go_to_the_lower_id(int size) {
        for (int id = 0; id < size; id++) {
            var logits = new float[size];
            logits[id] = 1;
            logits[size - 1] = 1;
            assertThat(TokenWeights.mostProbable(logits)).isEqualTo(id);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void what_is_no_number_is_found_at_every_place(float bad) {
        for (int id = 0; id < 50; id++) {
            var logits = logits(50);
            logits[id] = bad;
            assertThatThrownBy(() -> TokenWeights.mostProbable(logits))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessage("logit of token id %d is %s".formatted(id, bad));
        }
    }

    @Test
    void ids_from_a_logit_on_come_in_their_order() {
        var logits = logits(1003);
        var ids = new int[logits.length];
        int count = TokenWeights.idsFrom(logits, 4, ids);
        assertThat(Arrays.copyOf(ids, count))
                .containsExactly(IntStream.range(0, logits.length)
                        .filter(id -> logits[id] >= 4)
                        .toArray());
    }

    /** The first thousands of calls are interpreted: a seed must give the same token before and after compilation. */
    @Test
    void bits_are_the_same_interpreted_and_compiled() {
        var logits = logits(777);
        var weights = new TokenWeights();
        weights.compute(logits, 20, 0.7, 0);
        var first = IntStream.range(0, 777).mapToObj(weights::weight).toList();
        double total = weights.total();
        for (int i = 0; i < 20_000; i++) {
            weights.compute(logits, 20, 0.7, 0);
        }
        assertThat(IntStream.range(0, 777).mapToObj(weights::weight).toList()).isEqualTo(first);
        assertThat(weights.total()).isEqualTo(total);
    }

    private float[] logits(int size) {
        var logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = (float) random.nextGaussian(0, 4);
        }
        return logits;
    }
}
