package io.weighbridge.registry.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.ModelRef;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** License records, registration, lineage and decisions over HTTP. */
@QuarkusTest
final class LicenseApiTest {
    @Inject
    Catalog catalog;

    @Test
    void a_conclusion_is_recorded_with_its_reviewer_and_ends_a_conflict_until_the_next_contradiction() {
        register("{'id': 'law/disputed', 'license': {'declared': 'apache-2.0', 'name': 'own-terms'}}")
                .statusCode(201)
                .header("Location", containsString("/api/v1/models/law/disputed"))
                .body("license.conflict", equalTo(true))
                .body("license.declared", equalTo("apache-2.0"));

        post(
                        "/api/v1/models/law/disputed/license/conclusion",
                        "{'license': 'mit', 'reviewer': 'Rosa', 'reason': 'read it'}")
                .statusCode(200)
                .header("ETag", "\"2\"")
                .body("concluded.license", equalTo("MIT"))
                .body("concluded.reviewer", equalTo("Rosa"))
                .body("concluded.reason", equalTo("read it"))
                .body("conflict", equalTo(false))
                .body("history.kind", equalTo(List.of("declared", "concluded")));
        given().get("/api/v1/models/law/disputed").then().body("license.concluded", equalTo("MIT"));

        var file = new CheckpointFile("a.gguf", 1, new Digest("a".repeat(64)));
        var traits = new Checkpoint.Traits(Checkpoint.Format.GGUF, "llama", 1, "F32", 64, false);
        catalog.record(
                ModelRef.parse("law/disputed"),
                new Checkpoint("r", traits, List.of(file)),
                Detection.named("gemma-tou"));
        given().get("/api/v1/models/law/disputed/license")
                .then()
                .statusCode(200)
                .body("conflict", equalTo(true))
                .body("reasons", hasItem("'gemma-tou' was named after MIT had been concluded"))
                .body("detected.metadata.license", equalTo("gemma-tou"))
                .body("history.source", equalTo(List.of("api", "api", "pull")));

        post(
                        "/api/v1/models/law/disputed/license/conclusion",
                        "{'license': 'MIT', 'reviewer': 'Rosa', 'reason': 'still'}")
                .statusCode(200)
                .body("conflict", equalTo(false))
                .body("history", hasSize(4));
        put("/api/v1/models/law/disputed/license/declared", "{'license': 'gemma', 'author': 'crawler'}")
                .statusCode(200)
                .body("conflict", equalTo(true))
                .body("history[4].author", equalTo("crawler"));
    }

    @Test
    void a_conclusion_names_a_license_whose_terms_are_known() {
        register("{'id': 'law/open', 'license': {'declared': 'unknown'}}").statusCode(201);
        var path = "/api/v1/models/law/open/license/conclusion";
        post(path, "{'license': 'gema', 'reviewer': 'Rosa', 'reason': 'r'}")
                .statusCode(422)
                .contentType("application/problem+json")
                .body("code", equalTo("LICENSE_WITHOUT_TERMS"))
                .body("detail", containsString("GET /api/v1/licenses"));
        post(path, "{'license': 'gemma', 'reviewer': 'Rosa', 'reason': 'r'}")
                .body("status", equalTo(422))
                .body("detail", containsString("did you mean LicenseRef-Gemma"));
        bad(post(path, "{'license': 'MIT', 'reason': 'r'}"), "'reviewer' is missing");
        bad(post(path, "{'license': 'MIT', 'reviewer': ' ', 'reason': 'r'}"), "'reviewer'");
        bad(post(path, "{'license': 7, 'reviewer': 'R', 'reason': 'r'}"), "'license' must be a text");
        bad(post(path, "{'license': 'MIT', 'reviewer': 'R', 'reason': 'r', 'color': 1}"), "unknown member 'color'");
        bad(post(path, "{'license': 'MIT', 'license': 'MIT', 'reviewer': 'R', 'reason': 'r'}"), "Duplicate");
        bad(post(path, "{'license': 'MIT', 'reviewer': '" + "r".repeat(201) + "', 'reason': 'r'}"), "200");
        bad(post(path, "{'license': 'MIT', 'reviewer': 'R', 'reason': '" + "r".repeat(2001) + "'}"), "2000");
        bad(post(path, "[]"), "JSON object");
        bad(post(path, "{"), "no JSON");
        bad(post(path, ""), "JSON object");
        post("/api/v1/models/no/such/license/conclusion", "{}").statusCode(404);
        given().get("/api/v1/models/law/open/license").then().body("history", hasSize(1));
    }

    @Test
    void a_reviewer_who_read_an_older_record_is_told() {
        register("{'id': 'law/raced', 'license': {'declared': 'mit'}}").statusCode(201);
        var tag = given().get("/api/v1/models/law/raced/license").header("ETag");
        var body = "{\"license\": \"MIT\", \"reviewer\": \"R\", \"reason\": \"r\"}";
        var path = "/api/v1/models/law/raced/license/conclusion";
        given().contentType("application/json")
                .header("If-Match", tag)
                .body(body)
                .post(path)
                .then()
                .statusCode(200);
        given().contentType("application/json")
                .header("If-Match", tag)
                .body(body)
                .post(path)
                .then()
                .statusCode(412)
                .body("code", equalTo("LICENSE_RECORD_CHANGED"));
        given().contentType("application/json")
                .header("If-Match", "yesterday")
                .body(body)
                .post(path)
                .then()
                .statusCode(400);
        given().get("/api/v1/models/law/raced/license").then().body("history", hasSize(2));
    }

    @Test
    void registration_keeps_traits_origins_and_files_and_shows_them_in_the_snapshot() {
        register("""
                {'id': 'new/whole', 'description': 'd', 'license': {'declared': 'other', 'name': 'n', 'link': 'l'},
                 'multimodal': true, 'released': '2024-09', 'madeFrom': [{'model': 'new/base', 'relation': 'fine-tune'}],
                 'files': [{'path': 'a.gguf', 'sizeBytes': 1, 'digest': 'sha256:%s', 'sources': ['hf:a/b/a.gguf']}]}""".formatted("a".repeat(64)))
                .statusCode(201)
                .body("license.declared", equalTo("n"))
                .body("multimodal", equalTo(true))
                .body("released", equalTo("2024-09"))
                .body("madeFrom", equalTo(List.of(java.util.Map.of("model", "new/base", "relation", "fine-tune"))));
        given().get("/api/v1/snapshot")
                .then()
                .body("models.find { it.id == 'new/whole' }.madeFrom[0].relation", equalTo("fine-tune"))
                .body("models.find { it.id == 'new/whole' }.multimodal", equalTo(true))
                .body("models.find { it.id == 'microsoft/phi-4' }.madeFrom", nullValue());
        register("{'id': 'new/whole', 'license': {'declared': 'mit'}}")
                .statusCode(409)
                .body("code", equalTo("MODEL_EXISTS"));
    }

    @Test
    void a_malformed_registration_is_refused_with_what_is_wrong() {
        bad(register("{'id': 'new/bad'}"), "license.declared");
        bad(register("{'id': 'bad', 'license': {'declared': 'mit'}}"), "want owner/name");
        bad(register("{'id': 'new/bad', 'license': {'declared': 'mit', 'concluded': 'MIT'}}"), "/license/conclusion");
        bad(register("{'id': 'new/bad', 'license': {'declared': 'mit'}, 'released': 'May'}"), "released");
        bad(register("{'id': 'new/bad', 'license': {'declared': 'mit'}, 'multimodal': 'perhaps'}"), "");
        bad(register("{'id': 'new/bad', 'license': {'declared': 'mit'}, 'madefrom': []}"), "madefrom");
        bad(
                register(
                        "{'id': 'new/bad', 'license': {'declared': 'mit'}, 'madeFrom': [{'model': 'a/b', 'relation': 'copy'}]}"),
                "'relation' cannot be copy");
        bad(
                register(
                        "{'id': 'new/bad', 'license': {'declared': 'mit'}, 'madeFrom': [{'model': 'a b', 'relation': 'merge'}]}"),
                "owner/name");
        bad(register("{'id': 'new/bad', 'license': {'declared': 'mit'}, 'madeFrom': [null]}"), "mapping");
        bad(register("{'id': 'new/bad', 'license': {'declared': 'mit'}, 'files': [{'path': 'a'}]}"), "a file needs");
        bad(register("{'id': 'new/bad', 'license': {'declared': 'mit'}, 'files': [null]}"), "");
        bad(register("not json"), "");
        given().get("/api/v1/models/new/bad").then().statusCode(404);
        given().contentType("text/plain")
                .body("{}")
                .post("/api/v1/models")
                .then()
                .statusCode(415);
    }

    @Test
    void lineage_tells_ancestors_and_which_licenses_bind_and_how() {
        register("{'id': 'line/student', 'license': {'declared': 'mit'}}").statusCode(201);
        put("/api/v1/models/line/student/madeFrom", """
                {'author': 'Rosa', 'madeFrom': [{'model': 'microsoft/phi-4', 'relation': 'quantization'},
                               {'model': 'google/gemma-3-270m', 'relation': 'distilled-from-output'},
                               {'model': 'nobody/knows', 'relation': 'merge'}]}""")
                .statusCode(200)
                .body("ancestors.model", equalTo(List.of("google/gemma-3-270m", "microsoft/phi-4", "nobody/knows")))
                .body("ancestors.binds", equalTo(List.of(true, true, false)))
                .body("ancestors[0].how", containsString("trained on its output"))
                .body("ancestors[1].how", containsString("holds its weights"))
                .body("ancestors[2].how", containsString("no use of the model is permitted"))
                .body("ancestors[2].inCatalog", equalTo(false))
                .body("binding.license", hasItems("MIT", "LicenseRef-Gemma"))
                .body("settled.verdict", equalTo("undetermined"))
                .body("namingDuties", hasSize(0));
        given().get("/api/v1/models/line/student/license").then().body("history[1].author", equalTo("Rosa"));
        post("/api/v1/license/check", "{'model': 'line/student'}")
                .body("verdict", equalTo("undetermined"))
                .body("findings.clause", hasItem("unknown ancestor"));
        bad(put("/api/v1/models/line/student/madeFrom", "{}"), "'madeFrom' must be a list");
        put("/api/v1/models/line/student/madeFrom", "{'madeFrom': [{'model': 'line/student', 'relation': 'merge'}]}")
                .statusCode(422)
                .body("code", equalTo("LINEAGE_REFUSED"))
                .body("detail", containsString("made from itself"));
        put("/api/v1/models/line/student/madeFrom", "{'madeFrom': []}")
                .statusCode(200)
                .body("ancestors", hasSize(0));
    }

    @Test
    void a_model_made_from_llama_is_called_so_or_not_registered() {
        var madeFrom = "'madeFrom': [{'model': 'meta-llama/Llama-3.1-8B', 'relation': 'fine-tune'}]";
        register("{'id': 'line/helper', 'license': {'declared': 'llama3.1'}, %s}".formatted(madeFrom))
                .statusCode(422)
                .contentType("application/problem+json")
                .body("title", equalTo("Unprocessable Content"))
                .body("code", equalTo("NAMING_DUTY_UNMET"))
                .body("detail", containsString("section 1.b.i"))
                .body("detail", containsString("clause name-prefix"))
                .body("detail", containsString("starts with 'Llama'"))
                .body("detail", containsString("line/Llama-helper"));
        register("{'id': 'line/Llama-helper', 'license': {'declared': 'llama3.1'}, %s}".formatted(madeFrom))
                .statusCode(201);
        register("{'id': 'line/late', 'license': {'declared': 'llama3.1'}}").statusCode(201);
        put("/api/v1/models/line/late/madeFrom", "{%s}".formatted(madeFrom))
                .statusCode(422)
                .body("code", equalTo("NAMING_DUTY_UNMET"));
        given().get("/api/v1/models/line/late").then().body("madeFrom", nullValue());
    }

    @Test
    void an_apache_fine_tune_of_llama_is_bound_by_llama_and_the_answer_says_so() {
        register("""
                {'id': 'line/Llama-apache', 'license': {'declared': 'apache-2.0'},
                 'madeFrom': [{'model': 'meta-llama/Llama-3.2-11B-Vision', 'relation': 'merge'}]}""").statusCode(201);
        post(
                        "/api/v1/models/line/Llama-apache/license/conclusion",
                        "{'license': 'apache-2.0', 'reviewer': 'R', 'reason': 'card'}")
                .statusCode(200);
        given().get("/api/v1/models/line/Llama-apache/lineage")
                .then()
                .body("binding.key", equalTo(List.of("apache-2.0", "llama3.2")))
                .body("settled.verdict", equalTo("permitted"));
        post("/api/v1/license/check", """
                {'model': 'line/Llama-apache', 'operator': {'domicile': 'DE', 'servesOthers': true}}""")
                .body("verdict", equalTo("prohibited"))
                .body("findings.model", hasItem("meta-llama/Llama-3.2-11B-Vision"));
    }

    @Test
    void the_shipped_catalog_tells_models_of_one_family_apart() {
        given().get("/api/v1/models")
                .then()
                .body("find { it.id == 'Qwen/Qwen2.5-7B' }.license.concluded", equalTo("Apache-2.0"))
                .body(
                        "find { it.id == 'Qwen/Qwen2.5-3B' }.license.concluded",
                        equalTo("LicenseRef-weighbridge-qwen-research"))
                .body(
                        "find { it.id == 'Qwen/Qwen2.5-72B' }.license.concluded",
                        equalTo("LicenseRef-scancode-qwen-2024"))
                .body("find { it.id == 'bigscience/bloom' }.license.textDigest", containsString("sha256:"))
                .body("find { it.id == 'moonshotai/Kimi-K2-Instruct' }.license.declared", equalTo("modified-mit"));
        given().get("/api/v1/models/openai-community/gpt2/license")
                .then()
                .body("declared.license", equalTo("mit"))
                .body("concluded.license", equalTo("LicenseRef-weighbridge-gpt-2-modified-mit"))
                .body("concluded.reason", containsString("modified MIT"))
                .body("conflict", equalTo(false));
    }

    @Test
    void models_and_licenses_are_decided_on() {
        post("/api/v1/license/check", "{'model': 'CohereLabs/aya-expanse-8b', 'tenant': {'commercial': true}}")
                .statusCode(200)
                .body("verdict", equalTo("prohibited"))
                .body("findings[0].clause", equalTo("noncommercial"))
                .body("findings[0].howToFix", not(equalTo("")))
                .body("terms[0].key", equalTo("cohere-cc-by-nc-4.0"));
        post("/api/v1/license/check", "{'license': 'apache-2.0'}")
                .body("verdict", equalTo("permitted"))
                .body("terms.license", equalTo(List.of("Apache-2.0")))
                .body("termsDigest", containsString("sha256:"));
        post("/api/v1/license/check", "{'license': 'no-such'}")
                .statusCode(200)
                .body("verdict", equalTo("undetermined"));
        bad(post("/api/v1/license/check", "{}"), "ask about one of");
        bad(post("/api/v1/license/check", "{'license': 'mit', 'model': 'a/b'}"), "ask about one of");
        bad(post("/api/v1/license/check", "{'license': 'mit', 'tenant': {'comercial': true}}"), "comercial");
        bad(post("/api/v1/license/check", "{'license': 'mit', 'operator': {'domicile': 'Germany'}}"), "domicile");
        bad(post("/api/v1/license/check", "{'models': []}"), "'models'");
        bad(
                post(
                        "/api/v1/license/check",
                        "{'models': [{'model': 'a/b', 'license': {'declared': 'mit'}}], 'model': 'c/d'}"),
                "c/d");
        post("/api/v1/license/check", "{'model': 'no/such'}").statusCode(404);
    }

    @Test
    void terms_are_shown_for_people() {
        given().get("/api/v1/licenses")
                .then()
                .statusCode(200)
                .body("id", hasItems("Apache-2.0", "MIT", "LicenseRef-Gemma"))
                .body("digest", everyItem(containsString("sha256:")));
        given().get("/api/v1/licenses/gemma-tou")
                .then()
                .statusCode(200)
                .body("license.id", equalTo("LicenseRef-Gemma"))
                .body("clauses.find { it.id == 'flow-down' }.axis", equalTo("hosting"))
                .body("clauses.find { it.id == 'flow-down' }.confidence", equalTo("high"))
                .body("outputs.rule", equalTo("inherited"))
                .body("policies[0].digest", containsString("sha256:"));
        given().get("/api/v1/licenses/gema").then().statusCode(404).body("code", equalTo("LICENSE_NOT_FOUND"));
    }

    @Test
    void shipped_conclusions_all_name_terms() {
        assertThat(catalog.models()).isNotEmpty();
        var known = given().get("/api/v1/licenses").jsonPath().getList("id", String.class);
        assertThat(catalog.models())
                .map(model -> catalog.entry(model.id()).orElseThrow().concluded())
                .filteredOn(conclusion -> conclusion != null)
                .extracting(CatalogEntry.Conclusion::license)
                .allSatisfy(license -> assertThat(known).contains(license));
    }

    private static ValidatableResponse register(String body) {
        return post("/api/v1/models", body);
    }

    private static ValidatableResponse post(String path, String body) {
        return given().contentType("application/json")
                .body(body.replace('\'', '"'))
                .post(path)
                .then();
    }

    private static ValidatableResponse put(String path, String body) {
        return given().contentType("application/json")
                .body(body.replace('\'', '"'))
                .put(path)
                .then();
    }

    private static void bad(ValidatableResponse response, String detail) {
        response.statusCode(400)
                .contentType("application/problem+json")
                .body("code", equalTo("INVALID_ARGUMENT"))
                .body("detail", containsString(detail));
    }
}
