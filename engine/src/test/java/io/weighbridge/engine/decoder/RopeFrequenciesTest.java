package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.CheckpointException;
import org.junit.jupiter.api.Test;

class RopeFrequenciesTest {
    @Test
    void heads_have_a_limit_before_anything_is_computed_for_their_dimensions() {
        int most = DecoderLimits.HEAD_DIMENSION_MAX;
        assertThat(RopeFrequencies.unscaled(10_000, most)).hasSize(most / 2);
        assertThatThrownBy(() -> RopeFrequencies.unscaled(10_000, most + 2))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("heads have 16386 dimensions; the limit is 16384");
    }
}
