package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.inference.djl.Numerics;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogitAgreementTest {
    private static final double LN_2 = Math.log(2);
    private static final LogitBounds BF16 = LogitBounds.of(Numerics.BF16, false).orElseThrow();

    @Test
    void the_reference_itself_agrees() {
        var agreement = agreement(2, new float[] {1, 2, 4, 3}, new float[][] {{1, 2}, {4, 3}});

        assertThat(agreement.maxDifference()).isZero();
        assertThat(agreement.meanDivergence()).isZero();
        assertThat(agreement.topAgreement()).isEqualTo(1);
        assertThat(agreement.spread()).isEqualTo(0.5);
        assertThat(BF16.hold(agreement)).isTrue();
    }

    @Test
    void figures_are_those_of_their_definitions() {
        // Probabilities 1/2, 1/2 against 2/3, 1/3 in one of two rows; the tie's top is the first token in both.
        var agreement = agreement(2, new float[] {0, 0, 0, 1}, new float[][] {{(float) LN_2, 0}, {0, 1}});

        assertThat(agreement.maxDifference()).isCloseTo(LN_2, within(1e-6));
        assertThat(agreement.meanDivergence()).isCloseTo(Math.log(9.0 / 8) / 4, within(1e-6));
        assertThat(agreement.topAgreement()).isEqualTo(1);
        assertThat(agreement.spread()).isCloseTo(Math.sqrt(0.125), within(1e-9));
        assertThat(agreement.difference(0.5)).isZero();
    }

    @Test
    void another_top_token_is_counted() {
        assertThat(agreement(2, new float[] {0, 1, 0, 1}, new float[][] {{1, 0}, {0, 1}})
                        .topAgreement())
                .isEqualTo(0.5);
    }

    @Test
    void what_is_no_number_breaks_every_bound() {
        var agreement = agreement(2, new float[] {0, 1}, new float[][] {{Float.NaN, 1}});

        assertThat(agreement.maxDifference()).isInfinite();
        assertThat(BF16.hold(agreement)).isFalse();
        assertThat(new LogitBounds(0, 1, 1, 0).hold(agreement)).isFalse();
    }

    @Test
    void each_bound_is_held_by_itself() {
        var agreement = agreement(2, new float[] {0, 1, 0, 1}, new float[][] {{0.6f, 0.5f}, {0, 1}});

        assertThat(new LogitBounds(1, 2, 1, 0.5).hold(agreement)).isTrue();
        assertThat(new LogitBounds(1, 1, 1, 0.5).hold(agreement)).isFalse();
        assertThat(new LogitBounds(0.5, 1, 1, 0.5).hold(agreement)).isTrue();
        assertThat(new LogitBounds(1, 2, 0.01, 0.5).hold(agreement)).isFalse();
        assertThat(new LogitBounds(1, 2, 1, 0.6).hold(agreement)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "STORED", "INT4"})
    void other_numerics_have_no_bounds(Numerics numerics) {
        assertThat(LogitBounds.of(numerics, false)).isEmpty();
        assertThat(LogitBounds.of(numerics, true)).isEmpty();
    }

    private static LogitAgreement agreement(long vocabulary, float[] reference, float[][] rows) {
        var shape = List.of(reference.length / vocabulary, vocabulary);
        var agreement =
                new LogitAgreement(new Tensor("logits", TensorType.F32, shape, MemorySegment.ofArray(reference)));
        for (int i = 0; i < rows.length; i++) {
            agreement.add(i, rows[i]);
        }
        return agreement;
    }
}
