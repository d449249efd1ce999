package io.weighbridge.inference.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassportTest {
    private static final Passport.Key KEY = new Passport.Key("sha256:" + "ab".repeat(32), "int4", 1);
    private static final Passport.Measured MEASURED =
            new Passport.Measured(384, 0.012, 0.5, 0.96, Instant.parse("2026-01-02T03:04:05Z"), 4.5);

    @Test
    void distributions_are_compared_whatever_is_added_to_all_logits() {
        var comparison = new PassportMeter.Comparison();
        comparison.add(new float[] {1, 2, 3}, new float[] {101, 102, 103});
        assertThat(comparison.result(1).meanDivergence()).isCloseTo(0, within(1e-6));
        // From (1/2, 1/2) to (1/4, 3/4): ln 2 / 2 + ln(2/3) / 2.
        comparison.add(new float[] {0, 0}, new float[] {0, (float) Math.log(3)});
        var result = comparison.result(1);
        assertThat(result.largestDivergence()).isCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3.0), within(1e-6));
        assertThat(result.meanDivergence()).isCloseTo(result.largestDivergence() / 2, within(1e-6));
        assertThat(result.positions()).isEqualTo(2);
        assertThat(result.topAgreement()).isEqualTo(0.5);
    }

    @Test
    void large_logits_overflow_nothing_and_a_nan_is_outside_the_limits() {
        var comparison = new PassportMeter.Comparison();
        comparison.add(new float[] {1e30f, 0}, new float[] {1e30f, 0});
        assertThat(comparison.result(1).within(Passport.Limits.DEFAULT)).isTrue();
        comparison.add(new float[] {1, 0}, new float[] {Float.NaN, 0});
        assertThat(comparison.result(1).within(Passport.Limits.DEFAULT)).isFalse();
    }

    @Test
    void both_limits_count() {
        assertThat(MEASURED.within(new Passport.Limits(0.012, 0.96))).isTrue();
        assertThat(MEASURED.within(new Passport.Limits(0.011, 0.96))).isFalse();
        assertThat(MEASURED.within(new Passport.Limits(0.012, 0.97))).isFalse();
    }

    @Test
    void a_passport_is_found_again_by_weights_numerics_and_executor(@TempDir Path blobs) throws IOException {
        new PassportStore(blobs).put(KEY, MEASURED);
        var store = new PassportStore(blobs);
        assertThat(store.find(KEY)).contains(MEASURED);
        assertThat(store.find(new Passport.Key(KEY.weightsDigest(), "int8", 1))).isEmpty();
        assertThat(store.find(new Passport.Key(KEY.weightsDigest(), "int4", 2))).isEmpty();
        assertThat(store.find(new Passport.Key("sha256:" + "cd".repeat(32), "int4", 1)))
                .isEmpty();
        assertThatThrownBy(() -> store.find(new Passport.Key("../x", "int4", 1)))
                .hasMessageContaining("not a digest");
    }

    @Test
    void a_damaged_passport_counts_as_absent(@TempDir Path blobs) throws IOException {
        var store = new PassportStore(blobs);
        store.put(KEY, MEASURED);
        Path file;
        try (var files = Files.list(blobs.resolve("passports"))) {
            file = files.findFirst().orElseThrow();
        }
        var good = Files.readString(file);
        for (var bad : new String[] {
            "", "{", "[]", "{\"positions\": 1}", good.replace("2026-01-02", "yesterday"), " ".repeat(20_000)
        }) {
            Files.writeString(file, bad);
            assertThat(store.find(KEY)).as(bad.strip()).isEmpty();
        }
    }

    @Test
    void the_texts_are_of_many_kinds() {
        assertThat(PassportMeter.texts()).hasSize(8).allMatch(text -> text.length() > 200);
    }

    @Test
    void weights_are_named_as_the_registry_does(@TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("a"), "hello");
        var hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assertThat(WeightsDigest.ofFile(file)).isEqualTo(hello);
        assertThat(WeightsDigest.of(Map.of("a", hello))).isEqualTo(hello);
        var lines = Files.writeString(folder.resolve("b"), "x 1\nsha256:y 2\n");
        assertThat(WeightsDigest.of(Map.of("2", "sha256:y", "1", "x"))).isEqualTo(WeightsDigest.ofFile(lines));
    }
}
