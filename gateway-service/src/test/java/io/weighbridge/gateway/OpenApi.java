package io.weighbridge.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** What openai.yaml says of requests and answers. Safe for any thread. */
public final class OpenApi {
    /** Schemas that others consist of: what they do not name, those may. */
    private static final Set<String> PARTS = Set.of("Envelope", "Sampling");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode ROOT = read();
    private static final JsonNode STRICT = strict(ROOT);
    private static final Map<String, JsonSchema> SCHEMAS = new ConcurrentHashMap<>();

    private static final Pattern MODEL_PATH = Pattern.compile("/v1/models/.*?(/license)?");

    private OpenApi() {}

    /** The schema of this name, as it is written. */
    public static JsonNode schema(String name) {
        return ROOT.at("/components/schemas/" + name);
    }

    /** Whether a value is what the schema of this name says; fields that it does not know are let through. */
    public static boolean takes(String name, JsonNode value) {
        return validator("loose " + name, ROOT, reference(name)).validate(value).isEmpty();
    }

    /** Whether a value is what this part of the document says. */
    public static boolean takes(JsonNode part, JsonNode value) {
        return validator("part " + part, ROOT, part).validate(value).isEmpty();
    }

    /** Fails where an answer of the gateway is not what the document says, or has a field that the document does not name. */
    static void check(String path, int status, String contentType, String body) {
        var bare = "/" + path.replaceFirst("[?].*", "");
        if (!bare.startsWith("/v1/") && !bare.startsWith("/v2/")) {
            return;
        }
        if (status >= 400) {
            conforms(reference("ErrorBody"), body);
        } else if (contentType.equals("text/event-stream")) {
            var chunk = answer(bare).at("/text~1event-stream/x-data");
            for (var frame : body.split("\n\n")) {
                if (frame.startsWith("event: error\n")) {
                    conforms(reference("ErrorBody"), frame.replaceFirst("event: error\ndata: ", ""));
                } else if (!frame.equals("data: [DONE]")) {
                    conforms(chunk, frame.replaceFirst("data: ", ""));
                }
            }
        } else {
            conforms(answer(bare).at("/application~1json/schema"), body);
        }
    }

    private static JsonNode answer(String path) {
        var model = MODEL_PATH.matcher(path);
        var documented = model.matches() ? "/v1/models/{id}" + (model.group(1) == null ? "" : "/license") : path;
        var item = STRICT.path("paths").path(documented);
        return (item.has("post") ? item.path("post") : item.path("get")).at("/responses/200/content");
    }

    private static void conforms(JsonNode part, String text) {
        assertThat(part.isObject()).as("a documented schema for: " + text).isTrue();
        try {
            var problems = validator("strict " + part, STRICT, part).validate(JSON.readTree(text));
            assertThat(problems).as("problems of: " + text).isEmpty();
        } catch (IOException broken) {
            throw new UncheckedIOException(text, broken);
        }
    }

    private static ObjectNode reference(String name) {
        return JSON.createObjectNode().put("$ref", "#/components/schemas/" + name);
    }

    private static JsonSchema validator(String key, JsonNode document, JsonNode part) {
        return SCHEMAS.computeIfAbsent(key, _ -> {
            var whole = JSON.createObjectNode();
            whole.setAll((ObjectNode) part.deepCopy());
            whole.set("components", document.path("components"));
            return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(whole);
        });
    }

    private static JsonNode read() {
        try (var in = Objects.requireNonNull(
                OpenApi.class.getResourceAsStream("/openapi/openai.yaml"), "openapi/openai.yaml")) {
            return new YAMLMapper().readTree(in);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The document with all objects closed that name their properties. */
    private static JsonNode strict(JsonNode root) {
        var copy = root.deepCopy();
        copy.at("/components/schemas").properties().forEach(schema -> {
            if (!PARTS.contains(schema.getKey())) {
                close(schema.getValue(), false);
            }
        });
        copy.path("paths").forEach(path -> close(path, false));
        return copy;
    }

    private static void close(JsonNode node, boolean isPart) {
        if (node instanceof ObjectNode object) {
            var names =
                    object.path("properties").isObject() || object.path("allOf").isArray();
            if (names && !isPart && !object.has("additionalProperties")) {
                object.put("unevaluatedProperties", false);
            }
        }
        node.properties().forEach(field -> {
            if (field.getKey().equals("properties")) {
                field.getValue().forEach(child -> close(child, false));
            } else if (field.getValue().isArray()) {
                field.getValue().forEach(child -> close(child, field.getKey().equals("allOf")));
            } else {
                close(field.getValue(), false);
            }
        });
    }
}
