package io.weighbridge.inference.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.variant.Passport;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PassportsTest {
    private static final Passport.Measured FAR = new Passport.Measured(384, 0.31, 2.5, 0.6, Instant.EPOCH, 4);

    @Test
    void a_variant_that_changes_too_much_is_refused_with_the_figures() {
        var failure = catchThrowableOfType(
                InferenceException.class,
                () -> Passports.enforce("a/b", Numerics.INT4, FAR, Passport.Limits.DEFAULT, false));
        assertThat(failure.code()).isEqualTo(ErrorCode.NUMERICS_REFUSED);
        assertThat(failure)
                .hasMessageContaining("numerics int4 change the answers of 'a/b' too much")
                .hasMessageContaining("mean 0.31000")
                .hasMessageContaining("same top token 60.0 %")
                .hasMessageContaining("the limits are a mean of 0.2 and 75.0 %")
                .hasMessageContaining("numerics-force=true");
    }

    @Test
    void it_is_served_when_forced_or_within_the_limits() {
        Passports.enforce("a/b", Numerics.INT4, FAR, Passport.Limits.DEFAULT, true);
        Passports.enforce("a/b", Numerics.INT4, FAR, new Passport.Limits(0.4, 0.5), false);
    }
}
