package io.weighbridge.gateway.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    @Test
    void a_changed_file_counts_and_a_broken_one_does_not() throws Exception {
        var file = folder.resolve("keys.yaml");
        Files.writeString(file, "keys: [{name: a, key: one}]");
        var keys = new KeyFile(file);
        var first = keys.current();
        keys.poll();
        assertThat(keys.current()).isSameAs(first);

        Files.writeString(file, "keys: [{name: a, key: one}, {name: b, key: two}]");
        keys.poll();
        assertThat(keys.current().find("two")).isNotNull();
        var second = keys.current();

        Files.writeString(file, "keys: [{name: a, key: one, tenant: {comercial: true}}]");
        keys.poll();
        assertThat(keys.current()).isSameAs(second);
        assertThat(keys.problem()).contains("comercial").contains(file.toString());

        Files.delete(file);
        keys.poll();
        assertThat(keys.current()).isSameAs(second);
        assertThat(keys.problem()).contains("cannot read");

        Files.writeString(file, "keys: [{name: c, key: three}]");
        keys.poll();
        assertThat(keys.current().find("one")).isNull();
        assertThat(keys.problem()).isNull();
    }

    @Test
    void a_broken_file_stops_the_start() throws Exception {
        var file = folder.resolve("keys.yaml");
        Files.writeString(file, "keys: [{name: a}]");
        assertThatThrownBy(() -> new KeyFile(file)).hasMessageContaining("keySha256");
    }

    @Test
    void mistakes_in_aliases_are_named() {
        refused("aliases: [a]", "aliases must be a mapping");
        refused("aliases: {Big: {}}", "a name has");
        refused("aliases: {a/b: {}}", "a name has");
        refused("aliases: {a: {candidates: []}}", "1 to 32 models");
        refused("aliases: {a: {candidates: [gemma]}}", "owner/name");
        refused("aliases: {a: {candidates: [a/b, a/b]}}", "listed twice");
        refused("aliases: {a: {candidate: [a/b]}}", "unknown key 'candidate'");
        refused("aliases: {a: {requires: {context: 1}}}", "unknown key 'context'");
        refused("aliases: {a: {requires: {contextLengthAtLeast: 0}}}", "above 0");
        refused("aliases: {a: {requires: {contextLengthAtLeast: 99999999999}}}", "above 0");
        refused("aliases: {a: {requires: {chatTemplate: 1}}}", "true or false");
    }

    @Test
    void aliases_and_their_candidates_have_limits() {
        assertThat(parse(aliases(AliasReader.ALIASES_MAX)).aliases())
                .hasSize(AliasReader.ALIASES_MAX + 1)
                .containsEntry("auto", Alias.AUTO);
        refused(aliases(AliasReader.ALIASES_MAX + 1), "at most 64");
        assertThat(parse(candidates(AliasReader.CANDIDATES_MAX)).aliases()).containsKey("a");
        refused(candidates(AliasReader.CANDIDATES_MAX + 1), "1 to 32 models");
    }

    @Test
    void names_of_keys_are_unique_and_not_too_long() {
        refused("keys: [{name: a, key: x}, {name: a, key: y}]", "two keys are called 'a'");
        refused("keys: [{name: anonymous, key: x}]", "two keys are called 'anonymous'");
        var most = "n".repeat(KeyRing.NAME_CHARS_MAX);
        assertThat(parse("keys: [{name: %s, key: x}]".formatted(most)).named(most))
                .isNotNull();
        refused("keys: [{name: %sn, key: x}]".formatted(most), "more than 128");
    }

    @Test
    void facts_fit_into_a_receipt() {
        assertThat(parse(months(400)).anonymous().facts()).contains("groupInMonth");
        refused(months(600), "leave out old months");
    }

    private static String months(int count) {
        var months = list(count, i -> "'%04d-%02d': 7000000000".formatted(1980 + i / 12, i % 12 + 1));
        return "operator: {monthlyUsers: {groupInMonth: {%s}}}".formatted(months);
    }

    private static String aliases(int count) {
        return "aliases: {%s}".formatted(list(count, i -> "a%d: {}".formatted(i)));
    }

    private static String candidates(int count) {
        return "aliases: {a: {candidates: [%s]}}".formatted(list(count, i -> "a/m%d".formatted(i)));
    }

    private static String list(int count, IntFunction<String> entry) {
        return IntStream.range(0, count).mapToObj(entry).collect(Collectors.joining(", "));
    }

    private static void refused(String yaml, String message) {
        assertThatThrownBy(() -> parse(yaml)).as(yaml).hasMessageContaining(message);
    }

    private static KeyRing parse(String yaml) {
        return KeyRing.parse("keys.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    }
}
