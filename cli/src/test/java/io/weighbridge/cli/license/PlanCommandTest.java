package io.weighbridge.cli.license;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.cli.Outcome;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.receipts.Receipt;
import io.weighbridge.license.terms.TermsReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What would change for two tenants and three models. */
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
class PlanCommandTest {
    private static final String KEYS = """
            operator: {servesOthers: false, domicile: US, monthlyUsers: {group: 5, mostEver: 5}}
            keys:
              - {name: hobby, key: k1, tenant: {commercial: false, purposes: [assistance]}}
              - {name: shop, key: k2, admin: true, tenant: {commercial: true, purposes: [assistance]}}
            """;
    private static final String SNAPSHOT = """
            {"version": "v1", "models": [
              {"id": "HuggingFaceTB/SmolLM2-135M-Instruct", "createdAt": 1,
               "checkpoint": {"contextLength": 8192, "parameterCount": 134515008},
               "license": {"declared": "apache-2.0", "concluded": "Apache-2.0"}},
              {"id": "google/gemma-3-270m", "createdAt": 2,
               "checkpoint": {"contextLength": 32768, "parameterCount": 268098176},
               "license": {"declared": "gemma", "concluded": "LicenseRef-Gemma"}},
              {"id": "cohere/command-small", "createdAt": 3,
               "license": {"declared": "cc-by-nc-4.0", "concluded": "CC-BY-NC-4.0"}}
            ]}""";

    @TempDir
    private Path folder;

    private String keys;
    private String snapshot;

    @BeforeEach
    void files() throws IOException {
        keys = file("keys.yaml", KEYS);
        snapshot = file("snapshot.json", SNAPSHOT);
    }

    @Test
    void a_tenant_that_becomes_commercial_loses_a_model_and_is_offered_others() throws Exception {
        var plan = plan("{about: the hobby earns money, tenants: {hobby: {commercial: true}}}");

        assertThat(plan.at("/counts/lost").asInt()).isEqualTo(1);
        assertThat(plan.get("effects")).hasSize(1);
        var effect = plan.at("/effects/0");
        assertThat(effect.get("tenant").asText()).isEqualTo("hobby");
        assertThat(effect.get("model").asText()).isEqualTo("cohere/command-small");
        assertThat(effect.get("after").asText()).isEqualTo("prohibited");
        assertThat(effect.at("/findings/0/clause").asText()).isEqualTo("noncommercial");
        assertThat(effect.at("/replacements/0/model").asText()).isEqualTo("HuggingFaceTB/SmolLM2-135M-Instruct");
    }

    @Test
    void a_person_reads_the_same() throws Exception {
        var page = run("{about: we serve customers, operator: {servesOthers: true}}")
                .out();

        assertThat(page.replaceAll("\\s+", " "))
                .contains("If we serve customers:")
                .contains("2 tenants and 3 models compared: 2 lost. ")
                .contains("Tenant shop")
                .contains("loses google/gemma-3-270m: it becomes undetermined")
                .contains(
                        "instead: HuggingFaceTB/SmolLM2-135M-Instruct (135 M parameters; context of 8,192, which is shorter");
        assertThat(page.lines().map(String::length)).allMatch(length -> length <= 100);
    }

    @Test
    void no_change_changes_nothing() throws Exception {
        assertThat(run("{}").out()).contains("nothing changes for anybody");
        assertThat(plan("{operator: {servesOthers: false}}").get("effects")).isEmpty();
    }

    @Test
    void new_terms_beside_the_change_are_used() throws Exception {
        file("apache-3.yaml", """
                {key: apache-2.0, id: Apache-2.0, aliases: [], name: Apache, version: 9, url: 'about:blank', steward: nobody,
                 class: permissive, summary: made up, conditions: [], obligations: [], restrictions: [], naming: [],
                 grants: [{id: use, section: s, text: one may use it, act: modify, confidence: high, provenance: quoted}],
                 policies: [], outputs: {id: o, section: s, text: t, rule: free, confidence: high, provenance: quoted}}
                """);

        var plan = plan("{terms: [apache-3.yaml]}");

        assertThat(plan.at("/counts/lost").asInt()).isEqualTo(2);
        assertThat(plan.at("/effects/0/findings/0/clause").asText()).isEqualTo("no grant");
    }

    @Test
    void recorded_decisions_are_replayed() throws Exception {
        var receipts = file(
                "receipts.jsonl",
                receipt(1, "hobby", "cohere/command-small", "{tenant: {commercial: false}}", Draft.Outcome.PERMITTED)
                        + receipt(2, "hobby", "google/gemma-3-270m", "{}", Draft.Outcome.PERMITTED)
                        + receipt(3, "hobby", "acme/gone", "{}", Draft.Outcome.PERMITTED)
                        + receipt(
                                4,
                                "shop",
                                "cohere/command-small",
                                "{tenant: {commercial: true}}",
                                Draft.Outcome.PROHIBITED));

        var outcome = run("{tenants: {hobby: {commercial: true}}}", "--receipts", receipts, "--json");
        var replay = outcome.json().get("replay");

        assertThat(replay.get("decisions").asInt()).isEqualTo(4);
        assertThat(decisions(replay.get("flips"))).containsExactly("dec-1");
        assertThat(replay.at("/flips/0/after").asText()).isEqualTo("prohibited");
        assertThat(decisions(replay.get("unreproduced"))).containsExactly("dec-2");
        assertThat(replay.at("/unreproduced/0/today").asText()).isEqualTo("undetermined");
        assertThat(replay.at("/unreproduced/0/sameCatalog").asBoolean()).isTrue();
        assertThat(decisions(replay.get("skipped"))).containsExactly("dec-3");
        assertThat(run("{tenants: {hobby: {commercial: true}}}", "--receipts", receipts)
                        .out())
                .contains("4 recorded decisions replayed: 1 would turn, 1 do not come out as recorded")
                .contains("dec-1 of 2026-11-24T12:00:00Z, cohere/command-small for hobby, recorded as permitted: then")
                .contains("the terms are the same as then");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{operators: {}}                     | unknown key 'operators'",
                "{tenants: {nobody: {}}}             | no tenant 'nobody'; known: hobby, shop",
                "{terms: [nowhere.yaml]}             | no such file",
                "{conclusions: {a/b: MIT}}           | no model 'a/b'",
                "{operator: {monthlyUsers: {group: 100}}} | change those too, or unset them with null",
            })
    void what_is_wrong_with_a_change_is_named(String change, String reason) throws Exception {
        var outcome = run(change);

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.err()).contains(reason);
    }

    @Test
    void a_file_that_holds_no_receipts_is_named() throws Exception {
        var broken = file("receipts.jsonl", "{}\n");

        assertThat(run("{}", "--receipts", broken).err()).contains("receipts.jsonl: line 1 is no receipt");
        assertThat(run("{}", "--receipts", folder.resolve("nowhere").toString()).err())
                .contains("no such file");
    }

    @Test
    void the_keys_file_is_the_gateways_unless_another_is_named() {
        assertThat(PlanCommand.keysFile(Map.of(PlanCommand.KEYS_VARIABLE, "keys.yaml")))
                .isEqualTo("keys.yaml");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> PlanCommand.keysFile(Map.of()))
                .hasMessageContaining("--keys FILE");
    }

    @Test
    void the_keys_that_come_with_the_gateway_are_read() throws Exception {
        var shipped = Path.of("..", "gateway-service", "src", "main", "resources", "default-keys.yaml");
        var change = file("change.yaml", "{}");

        var outcome =
                Outcome.of("license", "plan", "--change", change, "--keys", shipped.toString(), "--snapshot", snapshot);

        assertThat(outcome.exit()).isZero();
        assertThat(outcome.out()).contains("2 tenants and 3 models");
    }

    private JsonNode plan(String change) throws IOException {
        var outcome = run(change, "--json");
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exit()).isZero();
        return outcome.json();
    }

    private Outcome run(String change, String... more) throws IOException {
        var arguments = new ArrayList<>(List.of(
                "license", "plan", "--change", file("change.yaml", change), "--keys", keys, "--snapshot", snapshot));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray(String[]::new));
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static List<String> decisions(JsonNode list) {
        return list.findValuesAsText("decision");
    }

    private static String receipt(long sequence, String tenant, String model, String facts, Draft.Outcome verdict) {
        var use = UseJson.read("facts", facts.getBytes(StandardCharsets.UTF_8));
        var draft = new Draft(
                Instant.parse("2026-11-24T12:00:00Z"),
                "req-" + sequence,
                "dec-" + sequence,
                tenant,
                model,
                "",
                List.of(),
                UseJson.canonical(use),
                verdict,
                List.of(),
                List.of(),
                Draft.Phase.ADMISSION,
                TermsReader.shipped().digest());
        return new String(new Receipt(sequence, draft).encode(), StandardCharsets.UTF_8) + "\n";
    }
}
