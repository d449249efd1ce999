package io.weighbridge.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final int DRAWS = 20_000;
    /** Chi-square above this has a chance below 1 in 100 000 for up to 5 degrees of freedom. */
    private static final double CHI_SQUARE_MAX = 31;

    private static final float[] LOGITS = logits(0.4, 0.05, 0.25, 0.2, 0.1);

    private final Sampler sampler = new Sampler();

    @Test
    void greedy_takes_the_most_probable_and_the_lower_id_of_a_tie() {
        assertThat(sampler.sample(new float[] {1, 3, 3, -2}, SamplingParams.greedy(), 0))
                .isEqualTo(1);
    }

    @Test
    void top_k_of_one_is_greedy() {
        assertThat(sampler.sample(LOGITS, new SamplingParams(1, 1, 1, 0, 7), 3)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "1,   1,    0, 0",
        "0.5, 1,    0, 0",
        "2,   1,    0, 0",
        "1,   1,    3, 0",
        "1,   1,    9, 0",
        "1,   0.6,  0, 0",
        "1,   0.66, 0, 0",
        "1,   0.01, 0, 0",
        "1,   1,    0, 0.3",
        "1,   0.9,  0, 0.3",
        "0.7, 0.9,  4, 0.1",
        "1,   1,    0, 1",
    })
    void samples_follow_the_distribution(double temperature, double topP, int topK, double minP) {
        double[] expected = distribution(LOGITS, temperature, topP, topK, minP);
        var params = new SamplingParams(temperature, topP, topK, minP, 42);
        int[] counts = new int[LOGITS.length];
        for (int position = 0; position < DRAWS; position++) {
            counts[sampler.sample(LOGITS, params, position)]++;
        }
        double chiSquare = 0;
        for (int id = 0; id < counts.length; id++) {
            if (expected[id] == 0) {
                assertThat(counts[id]).as("token id %d is cut off", id).isZero();
            } else {
                double mean = expected[id] * DRAWS;
                chiSquare += (counts[id] - mean) * (counts[id] - mean) / mean;
            }
        }
        assertThat(chiSquare).isLessThan(CHI_SQUARE_MAX);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void what_is_drawn_is_never_cut_off(long seed) {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var logits = new float[random.nextInt(1, 300)];
        for (int id = 0; id < logits.length; id++) {
            logits[id] = (float) random.nextGaussian(0, 3);
        }
        var params = new SamplingParams(
                random.nextDouble(0.1, 2),
                random.nextDouble(0.05, 1),
                random.nextInt(0, 40),
                random.nextDouble(),
                seed);
        double[] expected = distribution(logits, params.temperature(), params.topP(), params.topK(), params.minP());
        for (int position = 0; position < 500; position++) {
            assertThat(expected[sampler.sample(logits, params, position)]).isPositive();
        }
    }

    @Test
    void random_numbers_of_neighboring_seeds_and_positions_are_even_and_unlike() {
        for (long seed = 0; seed < 20; seed++) {
            long keyed = seed;
            double mean = IntStream.range(0, 10_000)
                    .mapToDouble(position -> Sampler.uniform(keyed, position))
                    .average()
                    .orElseThrow();
            assertThat(mean).isBetween(0.485, 0.515);
            assertThat(Sampler.uniform(seed, 1)).isNotEqualTo(Sampler.uniform(seed + 1, 0));
        }
    }

    @Test
    void the_same_seed_and_position_give_the_same_token_whatever_was_sampled_between() {
        var params = new SamplingParams(1, 0.95, 0, 0, 11);
        int first = sampler.sample(LOGITS, params, 5);
        sampler.sample(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, params, 5);
        assertThat(sampler.sample(LOGITS, params, 5)).isEqualTo(first);
    }

    @Test
    void minus_infinity_is_never_drawn() {
        var logits = new float[] {Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY};
        for (int position = 0; position < 100; position++) {
            assertThat(sampler.sample(logits, new SamplingParams(2, 1, 0, 0, 1), position))
                    .isEqualTo(1);
            assertThat(sampler.sample(logits, new SamplingParams(2, 0.99, 3, 0, 1), position))
                    .isEqualTo(1);
        }
    }

    @Test
    void logits_that_are_no_numbers_are_a_failure_of_the_model() {
        assertThatThrownBy(() -> sampler.sample(new float[] {0, Float.NaN}, SamplingParams.greedy(), 0))
                .isInstanceOf(ArithmeticException.class)
                .hasMessage("logit of token id 1 is NaN");
        assertThatThrownBy(() -> sampler.sample(new float[] {Float.NEGATIVE_INFINITY}, SamplingParams.greedy(), 0))
                .hasMessage("no token id has a finite logit");
    }

    @ParameterizedTest
    @CsvSource({
        "-0.1, 1,   0,  0,    temperature",
        "2.1,  1,   0,  0,    temperature",
        "1,    0,   0,  0,    top_p",
        "1,    1.1, 0,  0,    top_p",
        "1,    1,   -1, 0,    top_k",
        "1,    1,   0,  -0.1, min_p",
        "1,    1,   0,  1.1,  min_p",
        "NaN,  1,   0,  0,    temperature",
    })
    void values_out_of_range_are_refused_by_name(double temperature, double topP, int topK, double minP, String name) {
        assertThatThrownBy(() -> new SamplingParams(temperature, topP, topK, minP, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name + " must be");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.1, Double.NaN})
    void a_typical_mass_out_of_range_is_refused_by_name(double typicalP) {
        assertThatThrownBy(() -> new SamplingParams(1, 1, 0, 0, typicalP, 0, Adjustments.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("typical_p must be above 0, at most 1");
    }

    @Test
    void values_at_the_ends_of_their_range_are_taken() {
        assertThat(new SamplingParams(2, 1, 0, 1, 0)).isNotNull();
        assertThat(new SamplingParams(0, Double.MIN_VALUE, 0, 0, 0)).isNotNull();
    }

    /** The distribution, written down plainly: sort, cut, divide. */
    private static double[] distribution(float[] logits, double temperature, double topP, int topK, double minP) {
        double max = IntStream.range(0, logits.length)
                .mapToDouble(id -> logits[id])
                .max()
                .orElseThrow();
        double[] weights = new double[logits.length];
        Arrays.setAll(weights, id -> Math.exp((logits[id] - max) / temperature));
        var order = IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> Double.compare(weights[b], weights[a]))
                .limit(topK > 0 ? topK : Long.MAX_VALUE)
                .toList();
        double bound = topP * order.stream().mapToDouble(id -> weights[id]).sum();
        double[] kept = new double[logits.length];
        double sum = 0;
        for (int id : order) {
            if (sum >= bound) {
                break;
            }
            sum += weights[id];
            kept[id] = weights[id] >= minP ? weights[id] : 0;
        }
        double total = Arrays.stream(kept).sum();
        Arrays.setAll(kept, id -> kept[id] / total);
        return kept;
    }

    private static float[] logits(double... probabilities) {
        var logits = new float[probabilities.length];
        for (int id = 0; id < logits.length; id++) {
            logits[id] = (float) Math.log(probabilities[id]);
        }
        return logits;
    }
}
