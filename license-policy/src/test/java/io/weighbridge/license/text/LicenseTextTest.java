package io.weighbridge.license.text;

import static io.weighbridge.license.text.InventedLicenses.HARBOR;
import static io.weighbridge.license.text.InventedLicenses.PIER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.weighbridge.license.Samples;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LicenseTextTest {
    static Stream<Named<UnaryOperator<String>>> sameLicense() {
        return Stream.of(
                change("upper case", text -> text.toUpperCase(Locale.ROOT)),
                change("CRLF", text -> text.replace("\n", "\r\n")),
                change("old Mac line ends", text -> text.replace("\n", "\r")),
                change("a byte order mark", text -> "\uFEFF" + text),
                change("form feeds", text -> text.replace("\n\n", "\n\f\n")),
                change("tabs and hard spaces", text -> text.replace("  ", "\t").replace(" may ", "\u00A0may\u2003")),
                change(
                        "typographic quotes",
                        text -> text.replaceAll("\"(\\w)", "\u201C$1").replace('"', '\u201D')),
                change(
                        "bullets",
                        text -> text.replace("Anybody", "\u2022 Anybody").replace("\"Weights\"", "- \"Weights\"")),
                change("numbering style", text -> text.replaceAll("(?m)^( *)([a-i0-9]+)\\. ", "$1($2) ")),
                change("no numbering", text -> text.replaceAll("(?m)^( *)([a-i0-9]+)\\. ", "$1")),
                change("markdown", text -> text.replaceAll("(?m)^(\\d)\\. (.*)$", "## $1\\\\. **$2**")),
                change("line comments", text -> text.replaceAll("(?m)^", "// ")),
                change("hash comments", text -> text.replaceAll("(?m)^", "# ")),
                change("a block comment", text -> "/*\n" + text.replaceAll("(?m)^", " * ") + "\n */"),
                change("an HTML comment", text -> "<!--\n" + text + "\n-->"),
                change("simple HTML", text -> "<p>" + text.replace("\n\n", "</p>\n\n<p>") + "</p>"),
                change("entities", text -> text.replace("\"", "&quot;")),
                change("invisible characters", text -> text.replace("may", "m\u200Ba\u00ADy")),
                change(
                        "another year and holder",
                        text -> text.replaceAll(
                                "Copyright \\(c\\) .*",
                                "Copyright (c) 2019-2031 Someone Else GmbH. All rights reserved.")),
                change("copyright sign", text -> text.replace("(c)", "\u00A9")),
                change(
                        "two holders",
                        text -> text.replaceAll("(Copyright .*)", "$1\nCopyright 2020 B. Other <b@example.org>")),
                change("no holder", text -> text.replaceAll("Copyright .*", "")),
                change("wide letters", text -> text.replace("may", "\uFF4D\uFF41\uFF59")));
    }

    @ParameterizedTest
    @MethodSource("sameLicense")
    void the_form_of_a_text_does_not_change_the_license(UnaryOperator<String> change) {
        for (var text : List.of(HARBOR, PIER)) {
            var known = new LicenseMatcher(List.of(Fingerprints.of("known", text)));
            assertThat(known.match(LicenseText.of(change.apply(text)))).isInstanceOf(Match.Exact.class);
        }
    }

    static Stream<Named<UnaryOperator<String>>> otherLicense() {
        return Stream.of(
                change("another number", text -> text.replace("100,000,000", "1,000,000")),
                change("a lost not", text -> text.replace("You shall not use", "You shall use")),
                change("an added sentence", text -> text + "\nCommercial use needs a fee.\n"),
                change("a lost sentence", text -> text.replace("You shall not remove this agreement from a copy.", "")),
                change("an added word", text -> text.replace("You may run", "You alone may run")),
                change("a percent sign", text -> text.replace("100,000,000", "100,000,000 %")),
                change("a comparison", text -> text.replace("more than 100", "> 100")),
                change("a currency", text -> text.replace("100,000,000", "$100,000,000")),
                change("a look-alike letter", text -> text.replace("weapons", "we\u0430pons")),
                change("a reversed run", text -> text.replace("weapons", "\u202Esnopaew")),
                change("a damaged character", text -> text.replace("weapons", "weap\uFFFDns")),
                change(
                        "a clause in the copyright line",
                        text -> text.replace("Harbor Works Ltd.\n", "Harbor Works Ltd. No commercial use.\n")),
                change(
                        "a clause after it",
                        text -> text.replace("Harbor Works Ltd.\n", "Harbor Works Ltd.\nResearch only.\n")),
                change("a clause in a tag", text -> text.replace("Words used", "Words used <p research only>")),
                change("swapped sentences", text -> text.replace("1. Words used", "1. used Words")),
                change("a number that looks like a label", text -> text.replace("100,000,000 monthly", "\n9. monthly")),
                change("a full stop that turns the sense", text -> text.replace("nothing until", "nothing. Until")),
                change("a moved comma", text -> text.replace("run, change and", "run change, and")),
                change("an age", text -> text.replace("100,000,000", "100,000,000+")),
                change(
                        "a purpose in the copyright line",
                        text -> text.replace("Harbor Works Ltd.\n", "Harbor Works Ltd. for research purposes\n")),
                change(
                        "a sentence in the copyright line",
                        text -> text.replace("Harbor Works Ltd.\n", "Harbor Works Ltd. everyone owes them one coin\n")),
                change("a year in the text", text -> text.replace("worldwide", "worldwide until 2026")));
    }

    @ParameterizedTest
    @MethodSource("otherLicense")
    void a_change_of_meaning_changes_the_license(UnaryOperator<String> change) {
        var known = new LicenseMatcher(List.of(Fingerprints.of("known", HARBOR)));
        var changed = change.apply(HARBOR);
        assertThat(changed).isNotEqualTo(HARBOR);
        assertThat(known.match(LicenseText.of(changed))).isInstanceOf(Match.Near.class);
    }

    @Test
    void clauses_carry_the_path_of_their_section() {
        assertThat(LicenseText.of(HARBOR).clauses())
                .extracting(LicenseText.Clause::label)
                .containsExactly(
                        "0", "0/2", "1", "1.a", "1.b", "1.b.i", "1.b.ii", "2", "2/2", "3", "3/2", "4", "5", "5/2",
                        "5/3");
    }

    @Test
    void a_clause_is_quoted_as_written_on_one_line() {
        assertThat(LicenseText.of(HARBOR).clauses())
                .extracting(LicenseText.Clause::text)
                .contains("weights made by mixing them with others.")
                .anyMatch(text -> text.contains("in the month before release, this agreement gives"));
    }

    @Test
    void dotted_and_headed_sections_have_paths_too() {
        var text = LicenseText.of("""
                Section 1: Words

                1.1 Weights. The numbers.

                (a) First thing.
                (b) Second thing.

                1.2 Other. More.

                Article 2
                The end.
                """);
        assertThat(text.clauses())
                .extracting(LicenseText.Clause::label)
                .containsExactly("1", "1/2", "1.1", "1.1/2", "1.1.a", "1.1.b", "1.2", "1.2/2", "2");
    }

    @Test
    void an_amount_at_the_start_of_a_line_is_not_a_label() {
        var first = LicenseText.of("The fee is never more than\n700. It is due at once.\n");
        var second = LicenseText.of("The fee is never more than\n900. It is due at once.\n");
        assertThat(first.unnumberedDigest()).isNotEqualTo(second.unnumberedDigest());
    }

    @Test
    void a_sign_at_the_start_of_a_line_counts_as_anywhere() {
        for (var sign :
                List.of("% of it", "> 100 users", ">= 100 users", "> $100", "$100", "\u00A7 5", "< 5", "\u2264 5")) {
            assertThat(LicenseText.of("no more than\n" + sign).digest())
                    .as(sign)
                    .isEqualTo(LicenseText.of("no more than " + sign).digest())
                    .isNotEqualTo(LicenseText.of("no more than " + sign.replaceAll("[^a-z0-9 ]", ""))
                            .digest());
        }
    }

    @Test
    void copyright_lines_are_set_apart_and_sentences_about_copyright_are_not() {
        var text = LicenseText.of("""
                Name License
                Copyright (c) 2020, 2021 A. Person and others
                (c) 2022 B. Company, Inc.
                All rights reserved.

                Copyright holders may ask for a fee. The copyright notice stays.

                Copyright 2024 is the year in which nobody may use this.
                """);
        assertThat(text.copyrights())
                .containsExactly(
                        "Copyright (c) 2020, 2021 A. Person and others",
                        "(c) 2022 B. Company, Inc.",
                        "All rights reserved.");
        assertThat(text.clauses()).hasSize(4);
    }

    @Test
    void a_holder_with_more_words_than_the_limit_stays_in_the_text() {
        int named = Words.spoken("Copyright (c) 2020").size();
        var atLimit = "Copyright (c) 2020" + " Name".repeat(Lines.HOLDER_WORDS_MAX - named);
        assertThat(LicenseText.of(atLimit).copyrights()).hasSize(1);
        assertThat(LicenseText.of(atLimit + " Name").copyrights()).isEmpty();
    }

    @Test
    void a_holder_in_lower_case_is_one_up_to_the_limit() {
        assertThat(Lines.LOWER_CASE_WORDS_MAX).isEqualTo(3);
        for (var holder : List.of(
                "abetlen",
                "the deepseek-ai team",
                "guido van rossum <guido@example.org>",
                "xAI Corp. and contributors",
                "- present, IDEA Research.",
                "Allen Institute for Artificial Intelligence",
                "The Free Model Foundation")) {
            assertThat(LicenseText.of("Copyright (c) 2020 " + holder).copyrights())
                    .as(holder)
                    .hasSize(1);
        }
        assertThat(LicenseText.of("Copyright (c) 2020 one two three four").copyrights())
                .isEmpty();
    }

    @Test
    void a_comparison_sign_counts_within_reach_of_its_number() {
        int spaces = Words.COMPARISON_CHARS_MAX - 1;
        assertThat(Words.of("x >" + " ".repeat(spaces) + "5")).containsExactly("x", ">", "5");
        assertThat(Words.of("x >" + " ".repeat(spaces + 1) + "5")).containsExactly("x", "5");
    }

    @Test
    void marks_after_numbers_and_labels_do_not_count() {
        assertThat(Words.of("(a) one; b. two, iv) three! In 2024. \"Four.\" x , y"))
                .containsExactly(
                        "a", "one", ";", "b", "two", ",", "iv", "three", "!", "in", "2024", "four", ".", "x", "y");
    }

    @Test
    void outlines_deeper_than_the_limit_are_read_as_text() {
        var outline = new Outline();
        for (int depth = 0; depth < Outline.DEPTH_MAX; depth++) {
            assertThat(outline.open(depth % 2 == 0 ? "1. x" : "a. x")).isNotNull();
        }
        assertThat(outline.open("1. x")).isNull();
    }

    @Test
    void every_encoding_of_a_text_is_the_same_license() {
        var text = HARBOR.replace("Put \"Moored", "Put \u201CMoored").replace("Harbor\" where", "Harbor\u201D where");
        var digest = LicenseText.of(HARBOR).digest();
        assertThat(LicenseText.of(text.getBytes(StandardCharsets.UTF_8)).digest())
                .isEqualTo(digest);
        assertThat(LicenseText.of(text.getBytes(Charset.forName("windows-1252")))
                        .digest())
                .isEqualTo(digest);
        assertThat(LicenseText.of(("\uFEFF" + text).getBytes(StandardCharsets.UTF_16LE))
                        .digest())
                .isEqualTo(digest);
        assertThat(LicenseText.of(("\uFEFF" + text).getBytes(StandardCharsets.UTF_16BE))
                        .digest())
                .isEqualTo(digest);
    }

    @Test
    void a_text_of_the_most_bytes_is_read_and_a_longer_one_is_refused() {
        var most = "a ".repeat(LicenseText.LICENSE_BYTES_MAX / 2).getBytes(StandardCharsets.UTF_8);
        assertThat(LicenseText.of(most).wordCount()).isEqualTo(LicenseText.LICENSE_BYTES_MAX / 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LicenseText.of(new byte[LicenseText.LICENSE_BYTES_MAX + 1]))
                .withMessageContaining("at most 524288 bytes, this file has 524289")
                .withMessageContaining("give the license alone");
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void spaces_case_and_line_ends_never_change_the_digest(RandomGenerator random) {
        var text = Samples.oneOf(random, HARBOR, PIER, InventedLicenses.MODIFIED_PIER);
        assertThat(LicenseText.of(reshaped(text, random)).digest())
                .isEqualTo(LicenseText.of(text).digest());
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void one_word_changed_added_or_lost_always_changes_the_digest(RandomGenerator random) {
        var paragraphs = paragraphs(Samples.oneOf(random, HARBOR, PIER));
        var original = LicenseText.of(String.join("\n\n", paragraphs));
        int at = random.nextInt(paragraphs.size());
        var words = new ArrayList<>(List.of(paragraphs.get(at).split("\\s+")));
        int word = random.nextInt(words.size());
        switch (random.nextInt(3)) {
            case 0 -> words.set(word, words.get(word).equals("not") ? "always" : words.get(word) + "x");
            case 1 -> words.add(word, Samples.oneOf(random, "not", "only", "7", "%", "never"));
            default -> words.remove(word);
        }
        paragraphs.set(at, String.join(" ", words));
        var changed = LicenseText.of(String.join("\n\n", paragraphs));
        assertThat(changed.digest()).as(String.join(" ", words)).isNotEqualTo(original.digest());
        assertThat(new LicenseMatcher(List.of(Fingerprints.of("known", String.join("\n\n", paragraphs(HARBOR)))))
                        .match(changed))
                .isNotInstanceOf(Match.Exact.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=",
                "> ",
                "<",
                "= ",
                ".",
                "; ",
                "a. ",
                "(",
                "1.1.1 ",
                "copyright (c) ",
                "&amp;",
                "<p",
                "# ",
                "\n",
                "I. \n",
                "\uFEFF"
            })
    void the_longest_text_of_one_piece_is_read_in_seconds(String piece) {
        var text = piece.repeat(LicenseText.LICENSE_BYTES_MAX / piece.getBytes(StandardCharsets.UTF_8).length);
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> LicenseText.of(text));
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void random_bytes_are_read_without_an_exception(RandomGenerator random) {
        var bytes = new byte[random.nextInt(4_000)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
            var alphabet =
                    "\r\n\f\t .,;:()[]{}<>&#*_`-/'\"1234iIvVxXaAbB\u00A9%$\uFEFF".getBytes(StandardCharsets.UTF_8);
            for (int index = 0; index < bytes.length; index++) {
                bytes[index] = alphabet[(bytes[index] & 0xFF) % alphabet.length];
            }
        }
        var text = LicenseText.of(bytes);
        assertThat(text.digest()).matches("sha256:[0-9a-f]{64}");
        assertThat(LicenseText.of(bytes).digest()).isEqualTo(text.digest());
    }

    /** Paragraphs without their copyright lines: a change there does not count. */
    private static List<String> paragraphs(String text) {
        return new ArrayList<>(Stream.of(text.split("\n\n+"))
                .filter(paragraph -> !paragraph.startsWith("Copyright"))
                .toList());
    }

    private static String reshaped(String text, RandomGenerator random) {
        var shaped = new StringBuilder();
        for (var paragraph : text.split("\n\n+")) {
            var words = paragraph.strip().split("\\s+");
            for (var word : words) {
                shaped.append(random.nextInt(4) == 0 ? word.toUpperCase(Locale.ROOT) : word);
                // A copyright line that is broken in two is still one paragraph.
                shaped.append(Samples.oneOf(random, " ", "  ", "\n", "\r\n", "\t", " \n  ", "\u00A0"));
            }
            shaped.append(Samples.oneOf(random, "\n\n", "\n \n\n", "\r\n\r\n"));
        }
        return shaped.toString();
    }

    private static Named<UnaryOperator<String>> change(String name, UnaryOperator<String> change) {
        return Named.of(name, change);
    }
}
