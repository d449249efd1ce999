package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.policy.Verdict.Undetermined;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.TermsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Runs {@code cases/*.yaml}: the specification of the policy, readable without Java. A new case needs no new code. */
class PolicyCasesTest {
    private static final int CASES_MIN = 25;
    private static final YAMLMapper YAML = new YAMLMapper();

    @TestFactory
    Stream<DynamicTest> cases() throws Exception {
        return files().stream().flatMap(PolicyCasesTest::tests);
    }

    @Test
    void there_are_enough_cases() throws Exception {
        assertThat(files().stream().flatMap(PolicyCasesTest::tests)).hasSizeGreaterThanOrEqualTo(CASES_MIN);
    }

    private static List<Path> files() throws Exception {
        var folder = Path.of(PolicyCasesTest.class.getResource("/cases").toURI());
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static Stream<DynamicTest> tests(Path file) {
        try {
            var tests = new ArrayList<DynamicTest>();
            var root = YAML.readTree(file.toFile());
            var catalog = TermsReader.shipped();
            for (var entry : root.path("cases")) {
                var name = file.getFileName() + ": " + entry.path("name").asText();
                tests.add(DynamicTest.dynamicTest(
                        name, () -> check(entry, LicensePolicy.check(claim(root.path("claim")), catalog, use(entry)))));
            }
            return tests.stream();
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    private static void check(JsonNode entry, Verdict verdict) {
        var because = entry.path("because").asText("");
        switch (verdict) {
            case Permitted(var obligations) -> {
                assertThat(entry.path("verdict").asText()).isEqualTo("permitted");
                assertThat(obligations.stream()
                                .map(obligation -> obligation.clause().id()))
                        .containsExactlyElementsOf(texts(entry.path("obligations")));
            }
            case Undetermined(var questions) -> {
                assertThat(entry.path("verdict").asText()).as("%s", questions).isEqualTo("undetermined");
                assertThat(questions).extracting(Finding::clause).contains(because);
            }
            case Prohibited(var clauses) -> {
                assertThat(entry.path("verdict").asText()).as("%s", clauses).isEqualTo("prohibited");
                assertThat(clauses).extracting(Finding::clause).contains(because);
                assertThat(clauses)
                        .allSatisfy(finding -> assertThat(finding.howToFix()).isNotBlank());
            }
        }
    }

    private static LicenseClaim claim(JsonNode node) {
        return new LicenseClaim(
                node.path("declared").asText(),
                text(node, "detected"),
                text(node, "concluded"),
                node.path("conflict").asBoolean());
    }

    private static Use use(JsonNode entry) {
        var operator = entry.path("operator");
        var tenant = entry.path("tenant");
        return new Use(
                Act.valueOf(entry.path("act").asText("serve").toUpperCase(Locale.ROOT)),
                new Use.Operator(
                        answer(operator, "servesOthers"),
                        answer(operator, "flowDownTermsPublished"),
                        null,
                        null,
                        null,
                        null),
                new Use.Tenant(
                        answer(tenant, "commercial"), null, text(tenant, "country"), purposes(tenant.get("purposes"))),
                new Use.Request(purposes(entry.get("requested"))));
    }

    private static Answer answer(JsonNode node, String key) {
        return node.has(key) ? Answer.of(node.get(key).asBoolean()) : Answer.UNKNOWN;
    }

    private static @Nullable Set<Purpose> purposes(@Nullable JsonNode list) {
        if (list == null) {
            return null;
        }
        var purposes = new LinkedHashSet<Purpose>();
        texts(list).forEach(code -> purposes.add(Purpose.parse(code)));
        return purposes;
    }

    private static List<String> texts(JsonNode list) {
        var texts = new ArrayList<String>();
        list.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    private static @Nullable String text(JsonNode node, String key) {
        return node.has(key) ? node.get(key).asText() : null;
    }
}
