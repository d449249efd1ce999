package io.weighbridge.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.OpenApi;
import io.weighbridge.gateway.errors.ApiException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** openai.yaml and the readers of requests must take the same bodies, so that neither drifts. */
class ContractTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Values of every sort; bounds, enumerations and samples of the document come on top. */
    private static final List<String> VALUES = List.of(
            "true",
            "false",
            "\"x\"",
            "\"\"",
            "\" \"",
            "7",
            "-1",
            "0",
            "1.5",
            "[]",
            "{}",
            "[7]",
            "[\"x\"]",
            "[\"\"]",
            "[[]]",
            "[[7]]",
            "[\"x\", 7]",
            "[-1]",
            "[[7], \"x\"]",
            "[[-1]]",
            "[{}]",
            "[2147483648]",
            "{\"type\": \"x\"}",
            "{\"7\": 1}",
            "{\"7\": 101}",
            "{\"type\": \"json_object\"}",
            "{\"type\": \"json_schema\"}",
            "{\"type\": \"json_schema\", \"json_schema\": {\"schema\": {}}}",
            "{\"regex\": \"x\"}",
            "{\"regex\": \"\"}",
            "{\"json\": {}}",
            "{\"json\": 7}",
            "{\"choice\": []}",
            "{\"choice\": [\"x\"], \"regex\": \"x\"}",
            "{\"json_object\": false}",
            "{\"include_usage\": 7}",
            "[{\"role\": \"user\"}]",
            "[{\"role\": \"x\", \"content\": \"x\"}]",
            "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"x\", \"arguments\": \"{}\"}}]}]",
            "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"x\"}}]}]",
            "[{\"role\": \"tool\", \"content\": \"x\", \"tool_call_id\": 7}]",
            "[{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"x\"}]}]",
            "[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]",
            "[{\"type\": \"function\", \"function\": {\"name\": \"a b\"}}]",
            "[{\"type\": \"function\", \"function\": {\"name\": \"x\", \"parameters\": 7}}]",
            "[{\"type\": \"custom\", \"function\": {\"name\": \"x\"}}]");

    private interface Reader {
        Object read(byte[] body, String requestId);
    }

    /** A kind of request: its reader, its fields, a body, and what a field needs beside it. */
    private enum Kind {
        ChatRequest(
                RequestParser::chat,
                KnownFields.CHAT,
                "{\"model\": \"a/b\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}",
                Map.of(
                        "top_logprobs", "{\"logprobs\": true}",
                        "stream_options", "{\"stream\": true}",
                        "best_of", "{\"use_beam_search\": true}",
                        "min_tokens", "{\"max_tokens\": 2147483647}",
                        "tool_choice", "{\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"x\"}}]}")),
        TextRequest(
                RequestParser::completion,
                KnownFields.TEXT,
                "{\"model\": \"a/b\", \"prompt\": \"x\"}",
                Map.of(
                        "stream_options", "{\"stream\": true}",
                        "min_tokens", "{\"max_tokens\": 2147483647}")),
        EmbeddingRequest(
                io.weighbridge.gateway.openai.EmbeddingRequest::parse,
                KnownFields.EMBEDDING,
                "{\"model\": \"a/b\", \"input\": \"x\"}",
                Map.of()),
        RerankRequest(
                RankRequest::parse,
                KnownFields.RERANK,
                "{\"model\": \"a/b\", \"query\": \"x\", \"documents\": [\"x\"]}",
                Map.of()),
        ScoreRequest(
                PairRequest::parse,
                KnownFields.SCORE,
                "{\"model\": \"a/b\", \"text_1\": \"x\", \"text_2\": [\"x\"]}",
                Map.of());

        private final Reader reader;
        private final Set<String> known;
        private final String body;
        private final Map<String, String> companions;

        Kind(Reader reader, Set<String> known, String body, Map<String, String> companions) {
            this.reader = reader;
            this.known = known;
            this.body = body;
            this.companions = companions;
        }

        ObjectNode body(String field, JsonNode value) {
            var body = (ObjectNode) json(this.body);
            body.setAll((ObjectNode) json(companions.getOrDefault(field, "{}")));
            if (field.equals("text_1") && value.isArray() && value.size() > 1) {
                body.set("text_2", value);
            }
            body.set(field, value);
            return body;
        }

        /** Why the reader refuses it; null when it takes it. */
        @Nullable
        ApiException refusal(JsonNode body) {
            try {
                reader.read(Json.bytes(body), "req-1");
                return null;
            } catch (ApiException refused) {
                return refused;
            }
        }

        Map<String, JsonNode> documented() {
            return fields(OpenApi.schema(name()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void every_field_that_is_read_is_documented_and_every_documented_one_is_read(Kind kind) {
        assertThat(kind.documented().keySet()).containsExactlyInAnyOrderElementsOf(kind.known);
    }

    @ParameterizedTest
    @EnumSource
    void a_value_is_taken_where_the_document_says_so_and_refused_by_name_where_it_does_not(Kind kind) {
        var differences = new ArrayList<String>();
        kind.documented().forEach((field, schema) -> {
            for (var value : values(schema)) {
                var body = kind.body(field, value);
                var refusal = kind.refusal(body);
                var named = refusal == null || String.valueOf(refusal.param()).startsWith(field);
                if (refusal == null != OpenApi.takes(kind.name(), body) || !named) {
                    differences.add("%s %s: %s".formatted(field, value, refusal == null ? "taken" : refusal.reason()));
                }
            }
        });
        assertThat(differences).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void the_longest_that_the_document_allows_is_taken_and_one_more_is_refused(Kind kind) {
        kind.documented().forEach((field, schema) -> {
            for (var part : alternatives(schema)) {
                var most = part.has("maxItems") ? part.path("maxItems") : part.path("maxProperties");
                if (!most.isMissingNode() && most.asInt() > 1) {
                    assertThat(kind.refusal(kind.body(field, filled(part, most.asInt()))))
                            .as("%d of %s".formatted(most.asInt(), field))
                            .isNull();
                    assertThat(kind.refusal(kind.body(field, filled(part, most.asInt() + 1))))
                            .as("%d of %s".formatted(most.asInt() + 1, field))
                            .isNotNull();
                }
                var longest = part.path("maxLength").asInt();
                if (longest > 0) {
                    var text = "x".repeat(longest);
                    assertThat(kind.refusal(
                                    kind.body(field, JSON.getNodeFactory().textNode(text))))
                            .as(field)
                            .isNull();
                    assertThat(kind.refusal(
                                    kind.body(field, JSON.getNodeFactory().textNode(text + "x"))))
                            .as(field)
                            .isNotNull();
                }
            }
        });
    }

    /** The properties of a schema and of those that it consists of. */
    private static Map<String, JsonNode> fields(JsonNode schema) {
        var fields = new TreeMap<String, JsonNode>();
        schema.path("properties").properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
        schema.path("allOf").forEach(part -> fields.putAll(fields(resolved(part))));
        return fields;
    }

    private static List<JsonNode> values(JsonNode schema) {
        var values = new ArrayList<JsonNode>();
        VALUES.forEach(value -> values.add(json(value)));
        for (var part : alternatives(schema)) {
            values.add(sample(part));
            part.path("enum").forEach(values::add);
            for (var bound : List.of("minimum", "maximum", "exclusiveMinimum")) {
                var at = part.get(bound);
                if (at != null) {
                    var step = part.path("type").asText().equals("integer") ? "1" : "0.01";
                    values.add(at);
                    values.add(
                            JSON.getNodeFactory().numberNode(at.decimalValue().add(new BigDecimal(step))));
                    values.add(
                            JSON.getNodeFactory().numberNode(at.decimalValue().subtract(new BigDecimal(step))));
                }
            }
        }
        return values.stream().map(value -> json(value.toString())).toList();
    }

    private static List<JsonNode> alternatives(JsonNode schema) {
        var whole = resolved(schema);
        var all = new ArrayList<JsonNode>();
        all.add(whole);
        whole.path("oneOf").forEach(one -> all.add(resolved(one)));
        return all;
    }

    private static JsonNode resolved(JsonNode schema) {
        return schema.has("$ref")
                ? OpenApi.schema(schema.path("$ref").asText().replace("#/components/schemas/", ""))
                : schema;
    }

    /** An array or object with so many entries, each as small as the document allows. */
    private static JsonNode filled(JsonNode schema, int count) {
        if (schema.has("maxProperties")) {
            var object = JSON.createObjectNode();
            for (int i = 0; i < count; i++) {
                object.set(Integer.toString(i), sample(schema.path("additionalProperties")));
            }
            return object;
        }
        var array = JSON.createArrayNode();
        for (int i = 0; i < count; i++) {
            var item = sample(schema.path("items"));
            // The names of tools must differ.
            if (item.path("function") instanceof ObjectNode function) {
                function.put("name", "x" + i);
            }
            array.add(item);
        }
        return array;
    }

    /** A small value that the schema takes. */
    private static JsonNode sample(JsonNode schema) {
        var one = resolved(schema);
        if (one.has("const")) {
            return one.path("const");
        }
        if (one.has("enum")) {
            return one.path("enum").get(0);
        }
        if (one.has("oneOf")) {
            return sample(one.path("oneOf").get(0));
        }
        return switch (one.path("type").asText()) {
            case "boolean" -> JSON.getNodeFactory().booleanNode(true);
            case "integer", "number" -> JSON.getNodeFactory().numberNode(1);
            case "string" -> JSON.getNodeFactory().textNode("x");
            case "array" -> array(sample(one.path("items")));
            default -> {
                var object = JSON.createObjectNode();
                one.path("required")
                        .forEach(name -> object.set(
                                name.asText(), sample(one.path("properties").path(name.asText()))));
                // Messages need content unless they have calls.
                if (one.at("/properties/role").isObject()) {
                    object.put("content", "x");
                }
                yield object;
            }
        };
    }

    private static ArrayNode array(JsonNode item) {
        return JSON.createArrayNode().add(item);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
