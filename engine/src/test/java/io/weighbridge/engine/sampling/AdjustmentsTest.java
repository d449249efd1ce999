package io.weighbridge.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdjustmentsTest {
    private final TokenCounts counts = new TokenCounts();

    @Test
    void presence_counts_once_frequency_each_time_and_the_prompt_not_at_all() {
        counts.addPrompt(new int[] {0, 0});
        counts.addGenerated(1);
        counts.addGenerated(2);
        counts.addGenerated(2);
        var logits = new float[] {1, 1, 1, 1};
        new Adjustments(1, 0.5, 0.25, Map.of()).apply(logits, counts);
        assertThat(logits).containsExactly(1, 0.25f, 0, 1);
    }

    @Test
    void repetition_moves_seen_tokens_down_whatever_their_sign() {
        counts.addPrompt(new int[] {0});
        counts.addGenerated(1);
        counts.addGenerated(1);
        var logits = new float[] {4, -4, 4};
        new Adjustments(2, 0, 0, Map.of()).apply(logits, counts);
        assertThat(logits).containsExactly(2, -8, 4);
    }

    @Test
    void a_bias_is_added_after_penalties() {
        counts.addGenerated(0);
        var logits = new float[] {4, 0};
        new Adjustments(2, 1, 0, Map.of(0, 100f, 1, -3f)).apply(logits, counts);
        assertThat(logits).containsExactly(101, -3);
    }

    @Test
    void nothing_is_counted_without_need() {
        assertThat(Adjustments.NONE.needCounts()).isFalse();
        assertThat(new Adjustments(1, 0, 0, Map.of(1, 1f)).needCounts()).isFalse();
        assertThat(new Adjustments(1, 0.1, 0, Map.of()).needCounts()).isTrue();
        assertThat(new Adjustments(1, 0, 0.1, Map.of()).needCounts()).isTrue();
        assertThat(new Adjustments(1.1, 0, 0, Map.of()).needCounts()).isTrue();
    }

    @Test
    void a_bias_beyond_the_vocabulary_is_refused() {
        var adjustments = new Adjustments(1, 0, 0, Map.of(2, 1f));
        assertThatThrownBy(() -> adjustments.apply(new float[2], counts))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logit_bias names token id 2, the vocabulary has 2");
    }

    @ParameterizedTest
    @CsvSource({
        "0,   0,    0,    1, 0,    repetition_penalty",
        "101, 0,    0,    1, 0,    repetition_penalty",
        "1,   2.1,  0,    1, 0,    presence_penalty",
        "1,   -2.1, 0,    1, 0,    presence_penalty",
        "1,   0,    2.1,  1, 0,    frequency_penalty",
        "1,   0,    NaN,  1, 0,    frequency_penalty",
        "1,   0,    0,    -1, 0,   logit_bias",
        "1,   0,    0,    1, 100.5, logit_bias",
        "1,   0,    0,    1, NaN,  logit_bias",
    })
    void values_out_of_range_are_refused_by_name(
            double repetition, double presence, double frequency, int biased, float bias, String name) {
        assertThatThrownBy(() -> new Adjustments(repetition, presence, frequency, Map.of(biased, bias)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name + " must be");
    }

    @Test
    void as_many_biases_as_openai_takes_are_taken_and_one_more_is_refused() {
        var biases = new HashMap<Integer, Float>();
        for (int id = 0; id < Adjustments.BIASES_MAX; id++) {
            biases.put(id, 1f);
        }
        assertThat(new Adjustments(1, 0, 0, biases).logitBias()).hasSize(Adjustments.BIASES_MAX);
        biases.put(Adjustments.BIASES_MAX, 1f);
        assertThatThrownBy(() -> new Adjustments(1, 0, 0, biases)).hasMessageContaining("at most 1024 token ids");
    }
}
