package io.weighbridge.endtoend.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The deployment files agree with the services, and the checks notice when they do not. */
class DeploymentFilesTest {
    private static final Path OVERLAYS = ServiceFacts.CHECKOUT.resolve("k8s").resolve("overlays");

    static Stream<String> services() {
        return ServiceFacts.SERVICES.stream();
    }

    static List<Path> overlays() throws IOException {
        try (var folders = Files.list(OVERLAYS)) {
            return folders.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void images_expose_and_configure_what_the_service_has(String name) {
        assertThat(DeploymentCheck.image(ServiceFacts.of(name), dockerfile(name)))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("services")
    void compose_agrees_with_the_service(String name) throws IOException {
        assertThat(DeploymentCheck.compose(ServiceFacts.of(name), compose())).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void every_overlay_renders_valid_objects_that_agree_with_the_services(Path overlay) throws Exception {
        var objects = Rendered.overlay(overlay);

        assertThat(objects).hasSizeGreaterThan(8);
        for (var object : objects) {
            Rendered.validate(object);
        }
        for (var name : ServiceFacts.SERVICES) {
            assertThat(DeploymentCheck.kubernetes(ServiceFacts.of(name), objects))
                    .isEmpty();
        }
    }

    @Test
    void keys_files_are_mounted_where_the_gateway_looks() throws Exception {
        var objects = Rendered.overlay(OVERLAYS.resolve("local"));
        var gateway = objects.stream()
                .filter(object -> object.path("kind").asText().equals("Deployment")
                        && object.at("/metadata/name").asText().equals("gateway"))
                .findFirst()
                .orElseThrow();

        assertThat(gateway.toString()).contains("\"mountPath\":\"/etc/weighbridge\"");
        assertThat(objects.toString()).contains("/etc/weighbridge/keys.yaml").contains("\"keys.yaml\":");
    }

    @Test
    void a_wrong_port_is_noticed() throws IOException {
        var wrong = dockerfile("gateway").replace("EXPOSE 8080", "EXPOSE 8888");
        assertThat(DeploymentCheck.image(ServiceFacts.of("gateway"), wrong))
                .singleElement()
                .asString()
                .contains("8888");

        var compose = Rendered.YAML.readTree(composeText().replace("127.0.0.1:8082/q", "127.0.0.1:8083/q"));
        assertThat(DeploymentCheck.compose(ServiceFacts.of("inference"), compose))
                .singleElement()
                .asString()
                .contains("8083");
    }

    @Test
    void a_service_that_stays_down_or_is_killed_too_early_is_noticed() throws Exception {
        var compose = Rendered.YAML.readTree(composeText()
                .replace("restart: unless-stopped", "restart: 'no'")
                .replace("stop_grace_period: 40s", "stop_grace_period: 10s"));
        assertThat(DeploymentCheck.compose(ServiceFacts.of("inference"), compose))
                .containsExactlyInAnyOrder(
                        "inference is not started again when it ends",
                        "inference is killed before its streams have had 35 s");

        var objects = Rendered.overlay(OVERLAYS.resolve("local"));
        objects.stream()
                .filter(object -> object.path("kind").asText().equals("Deployment"))
                .forEach(object -> {
                    var pod = (ObjectNode) object.at("/spec/template/spec");
                    pod.put("restartPolicy", "Never").put("terminationGracePeriodSeconds", 30);
                    ((ObjectNode) pod.at("/containers/0")).remove("volumeMounts");
                });
        assertThat(DeploymentCheck.kubernetes(ServiceFacts.of("inference"), objects))
                .containsExactlyInAnyOrder(
                        "inference is not started again when it ends",
                        "inference is killed before its streams have had 35 s",
                        "inference loses its home with its container");
    }

    @Test
    void an_unknown_setting_is_noticed() throws Exception {
        var objects = Rendered.overlay(OVERLAYS.resolve("local"));
        objects.stream()
                .filter(object -> object.path("kind").asText().equals("ConfigMap")
                        && object.at("/metadata/name").asText().startsWith("gateway"))
                .forEach(object -> ((ObjectNode) object.get("data")).put("WEIGHBRIDGE_GATEWAY_REGISTRY", "x"));

        assertThat(DeploymentCheck.kubernetes(ServiceFacts.of("gateway"), objects))
                .containsExactly("gateway does not read WEIGHBRIDGE_GATEWAY_REGISTRY");
    }

    @Test
    void a_wrong_probe_path_is_noticed() throws Exception {
        var objects = Rendered.overlay(OVERLAYS.resolve("local"));
        var deployment = objects.stream()
                .filter(object -> object.path("kind").asText().equals("Deployment")
                        && object.at("/metadata/name").asText().equals("registry"))
                .findFirst()
                .orElseThrow();
        ((ObjectNode) deployment.at("/spec/template/spec/containers/0/livenessProbe/httpGet")).put("path", "/healthz");

        assertThat(DeploymentCheck.kubernetes(ServiceFacts.of("registry"), objects))
                .isNotEmpty();
    }

    @Test
    void an_unknown_field_and_a_wrong_type_are_noticed() throws Exception {
        var objects = Rendered.overlay(OVERLAYS.resolve("local"));
        var deployment = objects.stream()
                .filter(object -> object.path("kind").asText().equals("Deployment"))
                .findFirst()
                .orElseThrow();
        var misspelled = deployment.deepCopy();
        ((ObjectNode) misspelled.at("/spec/template/spec")).put("terminationGracePeriod", 60);
        var mistyped = deployment.deepCopy();
        ((ObjectNode) mistyped.get("spec")).put("replicas", "many");

        assertThatThrownBy(() -> Rendered.validate(misspelled)).hasMessageContaining("terminationGracePeriod");
        assertThatThrownBy(() -> Rendered.validate(mistyped)).hasMessageContaining("replicas");
    }

    private static String dockerfile(String service) {
        return ServiceFacts.read(ServiceFacts.CHECKOUT.resolve("docker").resolve(service + ".Dockerfile"));
    }

    private static String composeText() {
        return ServiceFacts.read(ServiceFacts.CHECKOUT.resolve("docker-compose.yml"));
    }

    private static JsonNode compose() throws IOException {
        return Rendered.YAML.readTree(composeText());
    }
}
