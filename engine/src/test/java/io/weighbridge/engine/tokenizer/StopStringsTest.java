package io.weighbridge.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StopStringsTest {
    @Test
    void a_stop_string_across_pieces_ends_the_text_before_it() {
        var stops = new StopStrings(List.of("STOP"));
        assertThat(stops.accept("abcS")).isEqualTo("abc");
        assertThat(stops.accept("TO")).isEmpty();
        assertThat(stops.accept("Prest")).isEmpty();
        assertThat(stops.stopped()).isTrue();
        assertThat(stops.matched()).isEqualTo("STOP");
        assertThat(stops.accept("more")).isEmpty();
        assertThat(stops.flush()).isEmpty();
    }

    @Test
    void what_only_looked_like_a_stop_string_comes_out() {
        var stops = new StopStrings(List.of("\n\n"));
        assertThat(stops.accept("a\n")).isEqualTo("a");
        assertThat(stops.accept("b\n")).isEqualTo("\nb");
        assertThat(stops.flush()).isEqualTo("\n");
        assertThat(stops.stopped()).isFalse();
        assertThat(stops.matched()).isNull();
    }

    @Test
    void a_false_start_does_not_hide_the_real_one() {
        var stops = new StopStrings(List.of("aab"));
        assertThat(stops.accept("aaa")).isEqualTo("a");
        assertThat(stops.accept("b")).isEmpty();
        assertThat(stops.stopped()).isTrue();
    }

    @Test
    void of_several_the_first_complete_one_counts() {
        var stops = new StopStrings(List.of("xabcd", "abc", "zabc"));
        assertThat(stops.accept("1xabcd")).isEqualTo("1x");
        assertThat(stops.matched()).isEqualTo("abc");
    }

    @Test
    void without_stop_strings_all_comes_out_at_once() {
        assertThat(new StopStrings(List.of()).accept("text")).isEqualTo("text");
    }

    @Test
    void limits_hold() {
        new StopStrings(Collections.nCopies(StopStrings.STOPS_MAX, "x"));
        new StopStrings(List.of("x".repeat(StopStrings.STOP_CHARACTERS_MAX)));
        assertThatThrownBy(() -> new StopStrings(Collections.nCopies(StopStrings.STOPS_MAX + 1, "x")))
                .hasMessageContaining("17 stop strings given; at most 16");
        assertThatThrownBy(() -> new StopStrings(List.of("x".repeat(StopStrings.STOP_CHARACTERS_MAX + 1))))
                .hasMessageContaining("at most 1024");
        assertThatThrownBy(() -> new StopStrings(List.of(""))).hasMessageContaining("empty");
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.engine.tokenizer.IncrementalDecoderTest#random")
    void the_cut_into_pieces_does_not_matter(RandomGenerator random) {
        var stops = random.ints(3)
                .mapToObj(_ -> word(random, 1 + random.nextInt(4)))
                .toList();
        var text = word(random, 30);
        var whole = new StopStrings(stops);
        var expected = whole.accept(text) + whole.flush();
        var cut = new StopStrings(stops);
        var out = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(3));
            out.append(cut.accept(text.substring(at, end)));
            assertThat(expected).startsWith(out);
            at = end;
        }
        assertThat(out.append(cut.flush())).hasToString(expected);
        assertThat(cut.matched()).isEqualTo(whole.matched());
        assertThat(stops).noneMatch(expected::contains);
    }

    private static String word(RandomGenerator random, int length) {
        var word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append("abc".charAt(random.nextInt(3)));
        }
        return word.toString();
    }
}
