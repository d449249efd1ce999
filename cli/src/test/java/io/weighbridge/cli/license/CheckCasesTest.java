package io.weighbridge.cli.license;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.cli.Main;
import io.weighbridge.cli.Outcome;
import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.VerdictJson;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every license case through the command line: exit status, verdict, clauses and obligations. */
class CheckCasesTest {
    private static final TermsCatalog CATALOG = TermsReader.shipped();
    private static final Map<String, Integer> EXIT = Map.of("permitted", 0, "undetermined", 3, "prohibited", 4);

    @TempDir
    @SuppressWarnings("NullAway.Init") // the test framework sets it
    private Path folder;

    static List<LicenseCase> cases() {
        return LicenseCase.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_command_agrees(LicenseCase one) throws Exception {
        var outcome = Outcome.of(arguments(one));

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exit()).isEqualTo(EXIT.get(one.verdict()));
        assertAgrees(one, outcome.json());
    }

    @Test
    void a_process_of_its_own_agrees() throws Exception {
        var one = cases().stream()
                .filter(some -> some.verdict().equals("prohibited"))
                .findFirst()
                .orElseThrow();
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments(one)));
        var process = new ProcessBuilder(command)
                .redirectError(folder.resolve("err").toFile())
                .start();

        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(4);
        assertAgrees(one, new ObjectMapper().readTree(out));
        assertThat(folder.resolve("err")).isEmptyFile();
    }

    private String[] arguments(LicenseCase one) throws Exception {
        return new String[] {
            "license",
            "check",
            "--models",
            CaseFiles.models(one, folder).toString(),
            "--model",
            one.model(),
            "--facts",
            CaseFiles.facts(one, folder).toString(),
            "--json"
        };
    }

    private static void assertAgrees(LicenseCase one, JsonNode answer) {
        var word = answer.get("verdict").asText();
        assertThat(one.mismatch(word, texts(answer.get("findings")), texts(answer.get("obligations"))))
                .as("%s", answer)
                .isNull();
        var library = VerdictJson.write(LicensePolicy.check(one.subject(CATALOG), one.use()));
        for (var key : List.of("verdict", "findings", "obligations")) {
            assertThat(answer.get(key)).isEqualTo(library.get(key));
        }
        assertThat(answer.get("catalog").asText()).isEqualTo(CATALOG.digest());
    }

    private static List<String> texts(JsonNode list) {
        var clauses = new ArrayList<String>();
        list.forEach(item -> clauses.add(item.get("clause").asText()));
        return clauses;
    }
}
