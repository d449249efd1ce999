package io.weighbridge.cli.license;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.weighbridge.cli.Outcome;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LicenseCommandTest {
    private static final String SNAPSHOT = """
            {"version": "v1", "models": [
              {"id": "google/gemma-3-270m", "createdAt": 1730000002, "note": "a newer registry may say more",
               "checkpoint": {"contextLength": 32768, "parameterCount": 268098176, "format": "gguf"},
               "license": {"declared": "gemma", "detected": null, "concluded": "LicenseRef-Gemma", "conflict": false}},
              {"id": "acme/tuned", "createdAt": 1730000003, "license": {"declared": "mit", "concluded": "MIT"},
               "madeFrom": [{"model": "google/gemma-3-270m", "relation": "fine-tune", "since": 1}]}
            ]}""";

    @TempDir
    @SuppressWarnings("NullAway.Init") // the test framework sets it
    private Path folder;

    static List<String> keys() {
        return TermsReader.shipped().all().stream().map(Terms::key).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "operator.servesOthers=false tenant.purposes=[assistance]                                        | 0",
                "operator.servesOthers=true operator.flowDownTermsPublished=true tenant.purposes=[assistance]    | 0",
                "operator.servesOthers=true tenant.purposes=[assistance]                                         | 3",
                "operator.servesOthers=true tenant.purposes=[assistance] operator.flowDownTermsPublished=false   | 4",
            })
    void the_exit_status_is_the_verdict(String settings, int exit) {
        var arguments = new java.util.ArrayList<>(List.of("license", "check", "--license", "LicenseRef-Gemma"));
        for (var setting : settings.split(" ")) {
            arguments.add("--set");
            arguments.add(setting);
        }

        assertThat(Outcome.of(arguments.toArray(String[]::new)).exit()).isEqualTo(exit);
    }

    @Test
    void a_person_reads_why_and_what_to_do() {
        var outcome = Outcome.of(
                "license",
                "check",
                "--license",
                "LicenseRef-Gemma",
                "--set",
                "operator.servesOthers=true",
                "--set",
                "operator.flowDownTermsPublished=false",
                "--set",
                "tenant.purposes=[assistance]");

        assertThat(outcome.out())
                .contains("PROHIBITED")
                .contains("Forbidden by LicenseRef-Gemma, clause 'flow-down'")
                .contains("sections 1.1 and 3.1")
                .contains("To fix: ");
        assertThat(outcome.out().lines().map(String::length)).allMatch(length -> length <= 100);
    }

    @Test
    void a_person_reads_what_is_owed() {
        var outcome = Outcome.of(
                "license",
                "check",
                "--license",
                "LicenseRef-Gemma",
                "--set",
                "operator.servesOthers=true",
                "--set",
                "operator.flowDownTermsPublished=true",
                "--set",
                "tenant.purposes=[assistance]");

        assertThat(outcome.out())
                .contains("PERMITTED")
                .contains("You owe: give those who use the service a copy of the agreement")
                .contains("header of each response: https://ai.google.dev/gemma/terms");
    }

    @Test
    void settings_win_over_the_file_and_an_empty_one_takes_a_fact_away() throws Exception {
        var facts = Files.writeString(
                folder.resolve("facts.yaml"),
                "operator: {servesOthers: false, domicile: DE}\ntenant: {commercial: true}\n");

        var outcome = Outcome.of(
                "license",
                "check",
                "--license",
                "mit",
                "--facts",
                facts.toString(),
                "--json",
                "--set",
                "operator.servesOthers=true",
                "--set",
                "operator.domicile=",
                "--set",
                "tenant.country=NO",
                "--set",
                "operator.permissions.acme.com/license=true",
                "--set",
                "operator.monthlyUsers.group=5",
                "--set",
                "operator.monthlyUsers.groupInMonth.2024-03=4");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.json().get("facts").toString())
                .isEqualTo("{\"act\":\"serve\",\"operator\":{\"monthlyUsers\":{\"group\":5,\"groupInMonth\":"
                        + "{\"2024-03\":4}},\"permissions\":{\"acme.com/license\":true},\"servesOthers\":true},"
                        + "\"tenant\":{\"commercial\":true,\"country\":\"NO\"}}");
    }

    @Test
    void a_model_is_looked_up_in_a_saved_snapshot_with_its_origins() throws Exception {
        var snapshot = Files.writeString(folder.resolve("snapshot.json"), SNAPSHOT);

        var outcome = Outcome.of(
                "license",
                "check",
                "--model",
                "acme/tuned",
                "--snapshot",
                snapshot.toString(),
                "--json",
                "--set",
                "operator.servesOthers=false",
                "--set",
                "tenant.purposes=[malware]");

        assertThat(outcome.exit()).isEqualTo(4);
        assertThat(outcome.json().get("licenses")).hasSize(2);
        assertThat(outcome.json().at("/findings/0/model").asText()).isEqualTo("google/gemma-3-270m");
    }

    @Test
    void a_model_is_looked_up_in_a_running_registry() throws Exception {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/api/v1/snapshot", exchange -> {
            try (exchange) {
                var bytes = SNAPSHOT.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
        try {
            var url = "http://127.0.0.1:" + server.getAddress().getPort();
            var outcome = Outcome.of("license", "check", "--model", "google/gemma-3-270m", "--registry", url);
            var elsewhere = Outcome.of("license", "check", "--model", "acme/tuned", "--registry", url + "/other/");

            assertThat(outcome.exit()).isEqualTo(3);
            assertThat(elsewhere.exit()).isEqualTo(1);
            assertThat(elsewhere.err()).contains("/other/api/v1/snapshot").contains("404");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void a_registry_that_does_not_answer_is_no_verdict() {
        var outcome = Outcome.of("license", "check", "--model", "a/b", "--registry", "http://127.0.0.1:1");

        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("no registry answers at http://127.0.0.1:1")
                .contains("--snapshot");
    }

    @Test
    void the_registry_is_that_of_the_launcher() {
        assertThat(RegistryOptions.launched(Map.of())).isEqualTo(URI.create("http://127.0.0.1:8081"));
        assertThat(RegistryOptions.launched(Map.of("WEIGHBRIDGE_REGISTRY_PORT", "9")))
                .isEqualTo(URI.create("http://127.0.0.1:9"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "check                                                     | what is it about",
                "check --license gema                                      | no license 'gema'",
                "check --license ref-gemm                                  | did you mean: gemma",
                "check --license mit --model a/b                           | --license asks about the license itself",
                "check --license mit --facts nowhere.yaml                  | cannot read nowhere.yaml: no such file",
                "check --license mit --set tenant                          | want FACT=VALUE",
                "check --license mit --set tenant.comercial=true           | unknown key 'comercial'",
                "check --license mit --set tenant.country=Germany          | not a country code",
                "check --license mit --set tenant.purposes=[a              | --set tenant.purposes=[a",
                "check --license mit --set act=eat                         | 'act' cannot be",
                "check --models nowhere.yaml --snapshot nowhere.json       | is asked offline",
                "check --model a/b --snapshot x --registry http://localhost| give one of them",
                "explain gema                                              | no license 'gema'",
                "list --class free                                         | known: permissive, threshold-permissive",
                "check --unknown                                           | Unknown option",
                "--                                                        | which one?",
            })
    void a_wrong_call_is_explained(String arguments, String reason) {
        var outcome = Outcome.of(("license " + arguments).strip().split(" "));

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(reason);
    }

    @Test
    void the_first_model_of_a_file_is_asked_unless_another_is_named() throws Exception {
        var models = Files.writeString(folder.resolve("models.yaml"), """
                models:
                  - {model: a/first, license: {declared: mit, concluded: MIT}}
                  - {model: a/second, license: {declared: other}}
                """).toString();

        assertThat(Outcome.of("license", "check", "--models", models).exit()).isZero();
        assertThat(Outcome.of("license", "check", "--models", models, "--model", "a/second")
                        .exit())
                .isEqualTo(3);
        assertThat(Outcome.of("license", "check", "--models", models, "--model", "a/third")
                        .err())
                .contains("has no model a/third");
    }

    @Test
    void the_help_names_each_exit_status() {
        assertThat(Outcome.of("license", "check", "--help").out())
                .contains("0", "1", "2", "3", "4")
                .contains("undetermined: a fact is missing");
    }

    @ParameterizedTest
    @MethodSource("keys")
    void every_license_is_explained_in_full(String key) throws Exception {
        var terms = java.util.Objects.requireNonNull(TermsReader.shipped().find(key));
        var page = Outcome.of("license", "explain", key);
        var json = Outcome.of("license", "explain", key, "--json").json();

        assertThat(page.exit()).isZero();
        assertThat(page.out()).contains(terms.id(), terms.url(), terms.digest());
        assertThat(page.out()).doesNotContain("Circumstance", "[]", "null");
        for (var clause : terms.clauses()) {
            assertThat(page.out()).contains("  " + clause.id() + ": ");
            assertThat(json.at("/sections").findValuesAsText("clause")).contains(clause.id());
        }
        assertThat(json.get("digest").asText()).isEqualTo(terms.digest());
    }

    @Test
    void the_facts_that_a_license_asks_for_are_listed() throws Exception {
        var facts = Outcome.of("license", "explain", "LicenseRef-Gemma", "--json")
                .json()
                .get("facts");

        assertThat(facts.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "operator.flowDownTermsPublished", "operator.servesOthers", "tenant.purposes");
    }

    @Test
    void licenses_are_listed_by_class() throws Exception {
        var all = Outcome.of("license", "list", "--json").json();
        var rail = Outcome.of("license", "list", "--class", "rail", "--json").json();

        assertThat(all).hasSize(TermsReader.shipped().all().size());
        assertThat(rail.findValuesAsText("class")).isNotEmpty().containsOnly("rail");
        assertThat(Outcome.of("license", "list").out()).contains("apache-2.0").contains("Gemma Terms of Use");
    }
}
