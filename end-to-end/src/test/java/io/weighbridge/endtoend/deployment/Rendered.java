package io.weighbridge.endtoend.deployment;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Kubernetes objects as kustomize renders them, and their check against the types generated from Kubernetes' schemas. */
final class Rendered {
    static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    /** Fields that the type does not know are errors, not extras. */
    private static final ObjectMapper STRICT = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            });

    private static final Map<String, String> PACKAGES = Map.of(
            "v1", "io.fabric8.kubernetes.api.model.",
            "apps/v1", "io.fabric8.kubernetes.api.model.apps.");

    private Rendered() {}

    /** All objects of an overlay. A machine without kubectl fails here. */
    static List<JsonNode> overlay(Path folder) throws IOException, InterruptedException {
        var output = Files.createTempFile("rendered", ".yaml");
        Process process;
        try {
            process = new ProcessBuilder("kubectl", "kustomize", folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException e) {
            throw new AssertionError(
                    "kubectl is needed to render the Kubernetes files; install it (Debian: kubernetes-client)", e);
        }
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError("kubectl cannot render " + folder + ": " + Files.readString(output));
        }
        return parse(Files.readString(output, StandardCharsets.UTF_8));
    }

    static List<JsonNode> parse(String yaml) throws IOException {
        var objects = new ArrayList<JsonNode>();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            documents.forEachRemaining(objects::add);
        }
        return objects;
    }

    /** Throws, naming the field, when {@code object} has one that its kind lacks or one of the wrong type. */
    static void validate(JsonNode object) throws IOException, ClassNotFoundException {
        var version = object.path("apiVersion").asText();
        var kind = object.path("kind").asText();
        var prefix = PACKAGES.get(version);
        if (prefix == null) {
            throw new AssertionError("no schema is known for apiVersion '%s' (%s)".formatted(version, kind));
        }
        var type = Class.forName(prefix + kind);
        STRICT.treeToValue(object, type);
    }
}
