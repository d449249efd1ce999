package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.receipts.Options;
import io.weighbridge.license.receipts.ReceiptLog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptsCommandTest {
    private static final int RECEIPTS = 5;

    @TempDir
    Path temp;

    private Path log = Path.of("");
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void write() {
        log = temp.resolve("receipts");
        try (var open = ReceiptLog.open(log, Options.defaults())) {
            for (int i = 1; i <= RECEIPTS; i++) {
                open.append(draft(i));
            }
        }
    }

    @Test
    void sound_receipts_are_verified() throws Exception {
        assertThat(run("verify", log.toString())).isZero();
        assertThat(out.toString())
                .startsWith("verified: 5 receipts, 5 of them signed")
                .contains("keep a copy elsewhere");
        assertThat(run("verify", log.toString(), "--json", "--key", key())).isZero();
        var json = new ObjectMapper().readTree(out.toString());
        assertThat(json.get("verified").asBoolean()).isTrue();
        assertThat(json.get("receipts").asInt()).isEqualTo(RECEIPTS);
        assertThat(json.get("problems")).isEmpty();
        assertThat(run(
                        "verify",
                        log.toString(),
                        "--expect-root",
                        json.get("root").asText(),
                        "--expect-count",
                        "5"))
                .isZero();
    }

    @Test
    void a_changed_receipt_is_named_with_status_1() throws Exception {
        var segment = log.resolve("receipts-000001.log");
        var text = Files.readString(segment, StandardCharsets.ISO_8859_1);
        Files.writeString(segment, text.replace("\"dec-3\"", "\"dec-9\""), StandardCharsets.ISO_8859_1);
        assertThat(run("verify", log.toString())).isEqualTo(1);
        assertThat(out.toString())
                .startsWith("DAMAGED")
                .containsOnlyOnce("problem  ")
                .contains("problem  receipt 3 (decision dec-9)");
        assertThat(run("verify", log.toString(), "--json")).isEqualTo(1);
        assertThat(new ObjectMapper()
                        .readTree(out.toString())
                        .at("/problems/0/sequence")
                        .asInt())
                .isEqualTo(3);
        assertThat(run("export", log.toString())).isEqualTo(1);
        assertThat(out.toString().lines()).hasSize(RECEIPTS);
        assertThat(err.toString()).contains("receipt 3 (decision dec-9)");
        assertThat(run("prove", "3", log.toString())).isEqualTo(2);
    }

    @Test
    void what_was_expected_and_is_not_there_is_damage() {
        assertThat(run("verify", log.toString(), "--expect-count", "6")).isEqualTo(1);
        assertThat(out.toString()).contains("5 receipts, 6 are expected");
        assertThat(run("verify", log.toString(), "--expect-root", "00")).isEqualTo(1);
        assertThat(out.toString()).contains("the expected root 00 is not in the log");
    }

    @Test
    void receipts_are_exported_as_json_lines() throws Exception {
        assertThat(run("export", log.toString())).isZero();
        assertThat(out.toString().lines()).hasSize(RECEIPTS).allMatch(line -> line.startsWith("{\"catalog\":"));
        var file = temp.resolve("out.jsonl");
        var printed = out.toString();
        assertThat(run("export", log.toString(), "--output", file.toString())).isZero();
        assertThat(file).hasContent(printed);
    }

    @Test
    void a_proof_is_checked_with_the_key_alone() throws Exception {
        for (var which : List.of("4", "dec-4")) {
            assertThat(run("prove", which, log.toString())).isZero();
            var proof = Files.writeString(temp.resolve("proof.json"), out.toString());
            assertThat(run("check", proof.toString(), "--key", key())).isZero();
            assertThat(out.toString()).contains("\"decision\":\"dec-4\"", "\"sequence\":4");
            Files.writeString(proof, Files.readString(proof).replace("permitted", "permittee"));
            assertThat(run("check", proof.toString(), "--key", key())).isEqualTo(1);
            assertThat(err.toString()).contains("nothing is proven");
        }
        assertThat(run("prove", "dec-77", log.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("no receipt dec-77");
    }

    @Test
    void a_wrong_call_is_status_2() {
        assertThat(run("verify", temp.resolve("none").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("holds no receipts");
        assertThat(run(
                        "verify",
                        log.toString(),
                        "--key",
                        temp.resolve("none.pem").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("cannot read the key file");
        assertThat(run(
                        "verify",
                        log.toString(),
                        "--key",
                        log.resolve("head.json").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("holds no PUBLIC KEY");
        assertThat(run()).isEqualTo(2);
        assertThat(run("check", "x")).isEqualTo(2);
    }

    private String key() {
        return log.resolve("signing-key.pub.pem").toString();
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        var all = new ArrayList<>(List.of("receipts"));
        all.addAll(List.of(arguments));
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private static Draft draft(int number) {
        return new Draft(
                Instant.ofEpochSecond(1_790_000_000L + number),
                "req-" + number,
                "dec-" + number,
                "tenant",
                "owner/model",
                "sha256:00",
                List.of(new Draft.LicenseApplied("MIT", null, 1, "sha256:01")),
                "{}",
                Draft.Outcome.PERMITTED,
                List.of(),
                List.of(),
                Draft.Phase.ADMISSION,
                "sha256:02");
    }
}
