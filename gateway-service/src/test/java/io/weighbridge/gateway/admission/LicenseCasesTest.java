package io.weighbridge.gateway.admission;

import static io.weighbridge.gateway.Client.ask;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client.Reply;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.terms.Act;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Runs every case through the running gateway, over HTTP. The catalog comes from the registry, operator and tenant from the keys file,
 * the request's facts from headers. A gateway only serves, so cases of other acts ask the license page.
 */
@QuarkusTest
@WithTestResource(StackResource.class)
class LicenseCasesTest extends StackTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Numbered(int number, LicenseCase one, String model) {}

    @Test
    void the_gateway_agrees_with_every_case() throws Exception {
        var cases = numbered(LicenseCase.all());
        publish("cases", catalog(cases));
        stack.first().serve(cases.stream().map(Numbered::model).distinct().toList());
        Eventually.await("all models are seen", () -> cases.stream().allMatch(one -> router.ready(one.model())));

        var failures = new ArrayList<String>();
        for (var group : byOperator(cases).entrySet()) {
            keys(keysFile(group.getKey(), group.getValue()));
            for (var one : group.getValue()) {
                check(one, failures);
            }
        }
        assertThat(failures).isEmpty();
        assertThat(cases).hasSizeGreaterThan(25);
    }

    private void check(Numbered numbered, List<String> failures) throws Exception {
        var one = numbered.one();
        var caller = client.with("key-" + numbered.number());
        var headers = headers(one);
        var act = one.use().act().name().toLowerCase(Locale.ROOT).replace('_', '-');
        var page = caller.get("v1/models/%s/license?act=%s".formatted(numbered.model(), act), headers);
        compare(one, "license page", pageMismatch(one, page), failures);
        if (one.use().act() != Act.SERVE) {
            return;
        }
        compare(one, "chat", mismatch(one, caller.chat(ask(numbered.model(), ""), headers)), failures);
        var stream = caller.chat(ask(numbered.model(), "\"stream\": true"), headers);
        compare(one, "stream", mismatch(one, stream), failures);
        var text = "{\"model\": \"%s\", \"prompt\": \"Paris\"}".formatted(numbered.model());
        compare(one, "text", mismatch(one, caller.post("v1/completions", text, headers)), failures);
        var described = caller.get("v1/models/" + numbered.model(), headers);
        compare(one, "model", mismatch(one, described), failures);
        var listed = caller.get("v1/models", headers).body().contains("\"" + numbered.model() + "\"");
        compare(one, "list", listed == one.verdict().equals("permitted") ? null : "listed: " + listed, failures);
    }

    private static void compare(LicenseCase one, String where, @Nullable String mismatch, List<String> failures) {
        if (mismatch != null) {
            failures.add("%s, %s: %s".formatted(one, where, mismatch));
        }
    }

    private static @Nullable String pageMismatch(LicenseCase one, Reply reply) throws Exception {
        if (reply.status() != 200) {
            return reply.body();
        }
        var verdict = reply.json().path("verdict");
        return one.mismatch(
                verdict.path("verdict").asText(),
                clauses(verdict.path("findings")),
                clauses(verdict.path("obligations")));
    }

    private static @Nullable String mismatch(LicenseCase one, Reply reply) throws Exception {
        if (reply.header("x-license-decision-id").isEmpty()) {
            return "no decision id: " + reply.body();
        }
        if (reply.status() == 200) {
            var owed = reply.header("x-license-obligations");
            return one.mismatch("permitted", List.of(), owed.equals("none") ? List.of() : List.of(owed.split(", ")));
        }
        var error = reply.error();
        var code = error.path("code").asText();
        if (reply.status() != 403 || !reply.header("x-should-retry").equals("false")) {
            return reply.status() + " " + reply.body();
        }
        if (code.equals("model_license_undetermined")
                        == error.path("missing_facts").isEmpty()
                || !error.has("permitted_alternatives")) {
            return "missing facts or alternatives: " + reply.body();
        }
        return one.mismatch(
                code.equals("model_license_denied") ? "prohibited" : "undetermined",
                clauses(error.path("findings")),
                List.of());
    }

    private static List<String> clauses(JsonNode findings) {
        var clauses = new ArrayList<String>();
        findings.forEach(finding -> clauses.add(finding.path("clause").asText()));
        return clauses;
    }

    /** Cases of different files call different models the same, so each file's models get a prefix of their own. */
    private static List<Numbered> numbered(List<LicenseCase> cases) {
        var numbered = new ArrayList<Numbered>();
        for (var one : cases) {
            numbered.add(new Numbered(numbered.size(), one, prefix(one) + one.model()));
        }
        return numbered;
    }

    private static String prefix(LicenseCase one) {
        return one.file().replace(".yaml", "").replace('/', '-') + "-";
    }

    private static Map<String, List<Numbered>> byOperator(List<Numbered> cases) {
        var groups = new LinkedHashMap<String, List<Numbered>>();
        for (var one : cases) {
            var operator = one.one().facts().path("operator");
            groups.computeIfAbsent(operator.isMissingNode() ? "{}" : operator.toString(), _ -> new ArrayList<>())
                    .add(one);
        }
        return groups;
    }

    private static String keysFile(String operator, List<Numbered> cases) throws Exception {
        var root = JSON.createObjectNode();
        root.set("operator", JSON.readTree(operator));
        var keys = root.putArray("keys");
        for (var one : cases) {
            var key = keys.addObject().put("name", "case " + one.number()).put("key", "key-" + one.number());
            var tenant = one.one().facts().path("tenant");
            if (!tenant.isMissingNode()) {
                key.set("tenant", tenant);
            }
        }
        return root.toString();
    }

    private static String[] headers(LicenseCase one) {
        var headers = new ArrayList<String>();
        var request = one.facts().path("request");
        if (request.has("purposes")) {
            headers.add("x-intended-use");
            var purposes = new ArrayList<String>();
            request.get("purposes").forEach(purpose -> purposes.add(purpose.asText()));
            headers.add(String.join(", ", purposes));
        }
        if (request.has("country")) {
            headers.add("x-end-user-country");
            headers.add(request.get("country").asText());
        }
        if (request.has("commercial")) {
            headers.add("x-commercial-use");
            headers.add(request.get("commercial").asText());
        }
        return headers.toArray(String[]::new);
    }

    private static String catalog(List<Numbered> cases) {
        var root = JSON.createObjectNode().put("version", "cases");
        var models = root.putArray("models");
        var seen = new TreeSet<String>();
        for (var numbered : cases) {
            var prefix = prefix(numbered.one());
            for (var node : numbered.one().models()) {
                if (seen.add(prefix + node.model())) {
                    models.add(model(prefix, node));
                }
            }
        }
        return root.toString();
    }

    private static ObjectNode model(String prefix, Lineage.Node node) {
        var model = JSON.createObjectNode().put("id", prefix + node.model()).put("createdAt", 1);
        model.putObject("checkpoint").put("contextLength", 2048);
        model.putObject("license")
                .put("declared", node.claim().declared())
                .put("detected", node.claim().detected())
                .put("concluded", node.claim().concluded())
                .put("conflict", node.claim().conflict());
        if (node.traits().multimodal() != Answer.UNKNOWN) {
            model.put("multimodal", node.traits().multimodal() == Answer.YES);
        }
        if (node.traits().released() != null) {
            model.put("released", node.traits().released().toString());
        }
        var madeFrom = model.putArray("madeFrom");
        for (var origin : node.origins()) {
            madeFrom.addObject()
                    .put("model", prefix + origin.model())
                    .put(
                            "relation",
                            origin.relation().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
        return model;
    }
}
