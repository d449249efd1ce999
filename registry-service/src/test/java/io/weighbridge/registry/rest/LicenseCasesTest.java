package io.weighbridge.registry.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Lineage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every case of the license decision, asked over HTTP. The library answers the same cases; the two must agree. */
@QuarkusTest
final class LicenseCasesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestHTTPResource("/api/v1/license/check")
    @Nullable
    URI check;

    @Test
    void the_registry_decides_every_case_as_it_is_specified() throws Exception {
        var cases = LicenseCase.all();
        var wrong = new ArrayList<String>();
        try (var client = HttpClient.newHttpClient()) {
            for (var one : cases) {
                var answer = ask(client, one);
                var mismatch = one.mismatch(
                        answer.path("verdict").asText(),
                        texts(answer.path("findings")),
                        texts(answer.path("obligations")));
                if (mismatch != null) {
                    wrong.add(one + ": " + mismatch);
                }
            }
        }
        assertThat(cases).isNotEmpty();
        assertThat(wrong).isEmpty();
    }

    private JsonNode ask(HttpClient client, LicenseCase one) throws Exception {
        var body = (ObjectNode) one.facts().deepCopy();
        var models = body.putArray("models");
        one.models().forEach(node -> write(models.addObject(), node));
        body.put("model", one.model());
        var request = HttpRequest.newBuilder(Objects.requireNonNull(check))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        var response = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as("%s: %s", one, response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static void write(ObjectNode model, Lineage.Node node) {
        model.put("model", node.model());
        var license = model.putObject("license").put("declared", node.claim().declared());
        if (node.claim().detected() != null) {
            license.put("detected", node.claim().detected());
        }
        if (node.claim().concluded() != null) {
            license.put("concluded", node.claim().concluded());
        }
        license.put("conflict", node.claim().conflict());
        if (node.traits().multimodal() != Answer.UNKNOWN) {
            model.put("multimodal", node.traits().multimodal() == Answer.YES);
        }
        var released = node.traits().released();
        if (released != null) {
            model.put("released", released.toString());
        }
        var madeFrom = model.putArray("madeFrom");
        node.origins()
                .forEach(origin -> madeFrom.addObject()
                        .put("model", origin.model())
                        .put(
                                "relation",
                                origin.relation()
                                        .name()
                                        .toLowerCase(Locale.ROOT)
                                        .replace('_', '-')));
    }

    private static List<String> texts(JsonNode list) {
        var texts = new ArrayList<String>();
        list.forEach(item -> texts.add(item.path("clause").asText()));
        return texts;
    }
}
