package io.weighbridge.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogprobsTest {
    @Test
    void probabilities_of_all_tokens_add_up_to_one() {
        var logits = new float[] {500, 499, 498.5f, -500};
        var logprobs = Logprobs.of(logits, 1, 4);
        assertThat(logprobs.top().stream()
                        .mapToDouble(top -> Math.exp(top.logprob()))
                        .sum())
                .isCloseTo(1, within(1e-12));
        assertThat(logprobs.chosen()).isEqualTo(logprobs.top().get(1));
    }

    @Test
    void the_top_are_the_most_probable_in_order_and_ties_go_to_the_lower_id() {
        var random = new Random(3);
        var logits = new float[500];
        for (int id = 0; id < logits.length; id++) {
            logits[id] = random.nextInt(60);
        }
        var expected = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]))
                .limit(Logprobs.TOP_MAX)
                .toList();
        var logprobs = Logprobs.of(logits, expected.get(7), Logprobs.TOP_MAX);
        assertThat(logprobs.top()).extracting(Logprobs.TokenLogprob::tokenId).containsExactlyElementsOf(expected);
        assertThat(logprobs.chosen().rank()).isEqualTo(8);
    }

    @Test
    void a_token_that_cannot_come_has_minus_infinity() {
        var logprobs = Logprobs.of(new float[] {0, Float.NEGATIVE_INFINITY}, 1, 2);
        assertThat(logprobs.chosen().logprob()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(logprobs.top().getFirst().logprob()).isZero();
    }

    @Test
    void no_more_than_the_limit_can_be_asked_for() {
        assertThatThrownBy(() -> Logprobs.of(new float[30], 0, Logprobs.TOP_MAX + 1))
                .hasMessage("top_logprobs must be 0 to 20, is 21");
        assertThat(Logprobs.of(new float[3], 0, Logprobs.TOP_MAX).top()).hasSize(3);
        assertThat(Arrays.asList(Logprobs.of(new float[3], 2, 0).top())).containsExactly(java.util.List.of());
    }
}
