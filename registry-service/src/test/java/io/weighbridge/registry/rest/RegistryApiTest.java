package io.weighbridge.registry.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.ModelRef;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service on the embedded database, over HTTP. */
@QuarkusTest
final class RegistryApiTest {
    @Inject
    Catalog catalog;

    @TempDir
    Path folder;

    @Test
    void health_is_up_in_all_three_kinds() {
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health/started").then().statusCode(200);
        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.name", hasItems("license snapshot", "blob folder"));
    }

    @Test
    void shipped_models_are_listed_with_their_licenses() {
        given().get("/api/v1/models/google/gemma-3-270m")
                .then()
                .statusCode(200)
                .body("license.declared", equalTo("gemma"))
                .body("license.concluded", equalTo("LicenseRef-Gemma"))
                .body("checkpoint", nullValue());
        given().get("/api/v1/models")
                .then()
                .statusCode(200)
                .body("license.concluded", hasItems("Apache-2.0", "MIT", "LicenseRef-Gemma", null));
    }

    @Test
    void snapshot_is_sent_once_and_then_unchanged_until_it_changes() {
        var first = given().get("/api/v1/snapshot");
        var tag = first.header("ETag");
        assertThat(tag).isEqualTo("\"" + first.jsonPath().getString("version") + "\"");
        given().header("If-None-Match", tag).get("/api/v1/snapshot").then().statusCode(304);
        catalog.publish(
                new CatalogEntry(new ModelRef("acme", "new" + System.nanoTime()), "", "unknown", null, List.of()));
        given().header("If-None-Match", tag).get("/api/v1/snapshot").then().statusCode(200);
    }

    @Test
    void model_is_pulled_watched_and_its_blob_sent_whole_or_in_part() throws Exception {
        // A folder checkpoint of the smallest kind.
        var config = "{\"model_type\": \"llama\", \"max_position_embeddings\": 64}".getBytes(StandardCharsets.UTF_8);
        var header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}";
        var weights = (((char) header.length()) + "\0\0\0\0\0\0\0" + header + "data").getBytes(StandardCharsets.UTF_8);
        var files = List.of(pinned("config.json", config), pinned("model.safetensors", weights));
        catalog.publish(new CatalogEntry(new ModelRef("acme", "pulled"), "", "mit", "MIT", files));

        var pull = given().post("/api/v1/models/acme/pulled/pull");
        pull.then().statusCode(202).body("model", equalTo("acme/pulled"));
        var id = pull.jsonPath().getString("id");
        var events = given().get("/api/v1/pulls/{id}/events", id);
        assertThat(events.contentType()).startsWith("text/event-stream");
        assertThat(events.asString()).contains("data: {").contains("\"state\":\"succeeded\"");
        given().get("/api/v1/pulls/{id}", id).then().body("state", equalTo("succeeded"));
        given().get("/api/v1/models/acme/pulled")
                .then()
                .body("checkpoint.format", equalTo("safetensors"))
                .body("checkpoint.contextLength", equalTo(64))
                .body("checkpoint.weightsDigest", equalTo(Digest.of(weights).toString()));

        var blob = "/api/v1/blobs/" + Digest.of(weights);
        assertThat(given().get(blob).asByteArray()).isEqualTo(weights);
        var part = given().header("Range", "bytes=8-9").get(blob);
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.header("Content-Range")).isEqualTo("bytes 8-9/" + weights.length);
        assertThat(part.asString()).isEqualTo("{\"");
        assertThat(given().header("Range", "bytes=-4").get(blob).asString()).isEqualTo("data");
        assertThat(given().header("Range", "bytes=8-").get(blob).asString()).isEqualTo(header + "data");
        given().header("Range", "bytes=1-2,4-5").get(blob).then().statusCode(200);
        given().header("Range", "bytes=9999-").get(blob).then().statusCode(416);
    }

    @Test
    void openness_is_told_where_evidence_is_recorded() {
        given().get("/api/v1/models/HuggingFaceTB/SmolLM2-135M-Instruct/openness")
                .then()
                .statusCode(200)
                .body("model", equalTo("HuggingFaceTB/SmolLM2-135M-Instruct"))
                .body("axes.usable.grade", equalTo("yes"))
                .body("components.size()", equalTo(17))
                .body("components[0].evidence.license", equalTo("Apache-2.0"));
        given().get("/api/v1/models/openai/gpt-oss-20b/openness")
                .then()
                .body("whatWouldChange.to", equalTo("III"))
                .body("whatWouldChange.changes.component", equalTo(List.of("data-card")));
        problem("/api/v1/models/microsoft/phi-4/openness", 404, "OPENNESS_NOT_RECORDED");
    }

    @Test
    void every_failure_is_a_problem_with_a_code() {
        problem("/api/v1/models/no/such", 404, "MODEL_NOT_FOUND");
        problem("/api/v1/models/no/..%5C", 400, "INVALID_ARGUMENT");
        problem("/api/v1/pulls/none", 404, "PULL_NOT_FOUND");
        problem("/api/v1/blobs/" + new Digest("0".repeat(64)), 404, "BLOB_NOT_FOUND");
        problem("/api/v1/blobs/..", 404, "PATH_NOT_FOUND");
        problem("/api/v1/blobs/sha256:xyz", 400, "INVALID_ARGUMENT");
        problem("/api/v1/nothing", 404, "PATH_NOT_FOUND");
        given().post("/api/v1/models/microsoft/phi-4/pull")
                .then()
                .statusCode(409)
                .contentType("application/problem+json")
                .body("code", equalTo("MODEL_NOT_PULLABLE"))
                .body("detail", containsString("microsoft/phi-4"));
        given().post("/api/v1/models").then().statusCode(415).body("code", equalTo("UNSUPPORTED_MEDIA_TYPE"));
        given().delete("/api/v1/models").then().statusCode(405).body("code", equalTo("METHOD_NOT_ALLOWED"));
    }

    private static void problem(String path, int status, String code) {
        given().urlEncodingEnabled(false)
                .get(path)
                .then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("code", equalTo(code))
                .body("status", equalTo(status));
    }

    private CatalogEntry.PinnedFile pinned(String path, byte[] bytes) throws Exception {
        var source = "file:" + Files.write(folder.resolve(path), bytes);
        return new CatalogEntry.PinnedFile(new CheckpointFile(path, bytes.length, Digest.of(bytes)), List.of(source));
    }
}
