package io.weighbridge.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.gateway.snapshot.Labels;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Confidence;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Obligation.Channel;
import io.weighbridge.license.terms.Provenance;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeadersTest {
    @Test
    void obligations_are_listed_once_and_a_long_list_says_that_it_was_cut() {
        assertThat(Headers.obligations(List.of())).isEqualTo("none");
        assertThat(Headers.obligations(List.of(owed("a", "x")))).isEqualTo("a");
        assertThat(Headers.obligations(List.of(owed("a", "x"), owed("a", "y"), owed("b", "x"))))
                .isEqualTo("a, b");
        var many = IntStream.range(0, 500)
                .mapToObj(i -> owed("clause-%03d".formatted(i), "x"))
                .toList();
        assertThat(Headers.obligations(many))
                .startsWith("clause-000, ")
                .endsWith(", " + Headers.MORE)
                .hasSizeLessThanOrEqualTo(Headers.OBLIGATIONS_CHARS_MAX);
    }

    @Test
    void what_a_publisher_declares_cannot_break_a_header() {
        assertThat(Labels.visible("mit\r\nx-evil: 1")).isEqualTo("mit??x-evil: 1");
        assertThat(Labels.visible("Lizenz für alle")).isEqualTo("Lizenz f?r alle");
        assertThat(Labels.visible("x".repeat(Labels.ID_CHARS_MAX))).hasSize(Labels.ID_CHARS_MAX);
        assertThat(Labels.visible("x".repeat(Labels.ID_CHARS_MAX + 1))).hasSize(Labels.ID_CHARS_MAX);
        assertThat(Labels.isLink("https://example.org/license")).isTrue();
        assertThat(Labels.isLink("https://example.org/>; rel=x")).isFalse();
        assertThat(Labels.isLink("the license")).isFalse();
    }

    @Test
    void notices_in_the_text_are_joined_and_each_is_said_once() {
        assertThat(TextNotice.of(new Permitted(List.of()))).isEmpty();
        assertThat(TextNotice.of(new Permitted(List.of(owed("a", "By a machine."), owed("b", "By a machine.")))))
                .isEqualTo("\n\nBy a machine.");
        assertThat(TextNotice.of(new Permitted(List.of(owed("a", "One."), owed("b", "Two.")))))
                .isEqualTo("\n\nOne.\nTwo.");
    }

    private static Obligation owed(String clause, String value) {
        return new Obligation(
                new Clause(clause, "section 1", "a duty", Confidence.HIGH, Provenance.QUOTED),
                Act.SERVE,
                new Circumstance.Always(),
                Channel.TEXT_NOTICE,
                value);
    }
}
