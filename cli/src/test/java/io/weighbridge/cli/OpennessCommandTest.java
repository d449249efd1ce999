package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpennessCommandTest {
    @TempDir
    private Path folder;

    private record Outcome(int exit, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    @Test
    void a_model_is_explained_to_people() {
        var outcome = run("openness", "openai/gpt-oss-20b");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exit()).isZero();
        assertThat(outcome.out())
                .contains("Open weights, not open source")
                .contains("unclassified; 83 % of Class III")
                .containsPattern("- Data card +not released")
                .contains("release under an open license: Data card");
        assertThat(outcome.out().lines().limit(12))
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(130));
    }

    @Test
    void the_evidence_is_shown_on_request() {
        var outcome = run("openness", "openai/gpt-oss-20b", "--evidence");

        assertThat(outcome.out())
                .contains("https://github.com/openai/gpt-oss/blob/")
                .contains("high confidence, artifact, said by Weighbridge on 2026-11-24");
        assertThat(run("openness", "openai/gpt-oss-20b").out())
                .doesNotContain("https://github.com/openai/gpt-oss/blob/");
    }

    @Test
    void and_to_programs() throws IOException {
        var report = run("openness", "openai/gpt-oss-20b", "--json").json();

        assertThat(report.get("class").asText()).isEqualTo("NONE");
        assertThat(report.get("progress").get("III").asInt()).isEqualTo(83);
        assertThat(report.get("components")).hasSize(17);
        assertThat(report.get("whatWouldChange")
                        .get("changes")
                        .get(0)
                        .get("component")
                        .asText())
                .isEqualTo("data-card");
        assertThat(report.get("euFossExempt").get("answer").asText()).isEqualTo("yes");
    }

    @Test
    void the_recorded_models_are_listed() throws IOException {
        assertThat(run("openness", "list").out())
                .containsPattern("allenai/OLMo-7B +open-source +I +I +100 % +100 % +100 %");
        assertThat(run("openness", "list", "--json").json()).hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void an_exported_model_comes_back_as_claims() throws IOException {
        var tool = Files.writeString(
                folder.resolve("olmo.yml"),
                run("openness", "export", "allenai/OLMo-7B").out());

        var report = run("openness", tool.toString(), "--json").json();
        assertThat(report.get("class").asText()).isEqualTo("NONE");
        assertThat(report.get("claimedClass").asText()).isEqualTo("I");

        var imported = run("openness", "import", tool.toString(), "--by", "a reviewer");
        assertThat(imported.err()).contains("Class I, Open Science if every statement is true");
        var ours = Files.writeString(folder.resolve("ours.yaml"), imported.out());
        assertThat(imported.out()).contains("by: a reviewer");
        assertThat(run("openness", ours.toString(), "--json").json().get("progress"))
                .isEqualTo(report.get("progress"));
        assertThat(run("openness", ours.toString(), "--json").json().get("claimedClass"))
                .isEqualTo(report.get("claimedClass"));
    }

    @Test
    void what_cannot_be_read_is_said_in_a_line() throws IOException {
        var unknown = run("openness", "no/such");
        assertThat(unknown.exit()).isEqualTo(2);
        assertThat(unknown.err())
                .contains("nothing is recorded about 'no/such'")
                .contains("openness list");

        var broken = Files.writeString(folder.resolve("broken.yaml"), "a: [");
        assertThat(run("openness", broken.toString()).err()).contains("broken.yaml: not YAML");
        assertThat(run("openness", "import", folder.resolve("none").toString()).err())
                .contains("there is no file");

        var large = Files.writeString(folder.resolve("large.yaml"), "#".repeat(300 * 1024));
        assertThat(run("openness", large.toString()).err()).contains("at most");
        assertThat(run("openness").exit()).isEqualTo(2);
    }

    private static Outcome run(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var command = Main.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        return new Outcome(command.execute(arguments), out.toString(), err.toString());
    }
}
