package io.weighbridge.endtoend.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds what is wrong with deployment files, one sentence for each thing. */
final class DeploymentCheck {
    private static final Pattern VARIABLE = Pattern.compile("(?:^ENV | )([A-Z][A-Z0-9_]+)=", Pattern.MULTILINE);
    private static final Pattern EXPOSED = Pattern.compile("^EXPOSE (.+)$", Pattern.MULTILINE);
    private static final Pattern PROBE_URL = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)(/\\S*)");

    /** Longest time that a service lets streams finish and then takes to stop, in seconds; see drain-max and quarkus.shutdown.timeout. */
    private static final int STOP_SECONDS = 35;

    private static final Set<String> RESTARTING = Set.of("always", "unless-stopped", "on-failure");

    private DeploymentCheck() {}

    /** Ports and variables of a service's image definition. */
    static List<String> image(ServiceFacts service, String dockerfile) {
        var problems = new ArrayList<String>();
        var exposed = EXPOSED.matcher(dockerfile);
        var ports = new ArrayList<Integer>();
        while (exposed.find()) {
            for (var port : exposed.group(1).split(" ")) {
                ports.add(Integer.valueOf(port));
            }
        }
        if (!ports.equals(service.ports())) {
            problems.add(
                    "%s image exposes %s, the service listens on %s".formatted(service.name(), ports, service.ports()));
        }
        var used = new HashSet<String>();
        dockerfile.lines().filter(line -> line.startsWith("ENV ")).forEach(line -> {
            var variables = VARIABLE.matcher(line);
            while (variables.find()) {
                used.add(variables.group(1));
            }
        });
        addUnknown(problems, service, used);
        if (!dockerfile.contains("\nUSER 10001\n")) {
            problems.add(service.name() + " image does not run as user 10001");
        }
        return problems;
    }

    /** Ports, health path and variables of a service in the Compose file. */
    static List<String> compose(ServiceFacts service, JsonNode file) {
        var problems = new ArrayList<String>();
        var node = file.at("/services/" + service.name());
        var used = new HashSet<String>();
        node.path("environment").fieldNames().forEachRemaining(used::add);
        addUnknown(problems, service, used);
        node.path("ports").forEach(port -> {
            var container = Integer.parseInt(port.asText().replaceAll(".*:", ""));
            if (!service.ports().contains(container)) {
                problems.add("%s publishes port %d, which it does not listen on".formatted(service.name(), container));
            }
        });
        if (!RESTARTING.contains(node.path("restart").asText())) {
            problems.add(service.name() + " is not started again when it ends");
        }
        if (service.streams() && seconds(node.path("stop_grace_period").asText()) <= STOP_SECONDS) {
            problems.add("%s is killed before its streams have had %d s".formatted(service.name(), STOP_SECONDS));
        }
        var probe = PROBE_URL.matcher(node.at("/healthcheck/test").toString().replace("\"", " "));
        if (!probe.find()) {
            problems.add(service.name() + " has no health check");
        } else {
            addProbe(problems, service, Integer.parseInt(probe.group(1)), probe.group(2));
        }
        return problems;
    }

    /** Ports, probes and variables of a service's objects, as rendered. */
    static List<String> kubernetes(ServiceFacts service, List<JsonNode> objects) {
        var problems = new ArrayList<String>();
        var configs = new HashMap<String, JsonNode>();
        objects.stream()
                .filter(object -> Set.of("ConfigMap", "Secret")
                        .contains(object.path("kind").asText()))
                .forEach(object -> configs.put(object.at("/metadata/name").asText(), object.path("data")));
        var deployment = named(objects, "Deployment", service.name());
        var pod = deployment.at("/spec/template/spec");
        if (pod.path("enableServiceLinks").asBoolean(true)) {
            problems.add(service.name() + " takes service links; they would read as unknown settings");
        }
        if (!pod.path("restartPolicy").asText("Always").equals("Always")) {
            problems.add(service.name() + " is not started again when it ends");
        }
        if (service.streams() && pod.path("terminationGracePeriodSeconds").asInt(30) <= STOP_SECONDS) {
            problems.add("%s is killed before its streams have had %d s".formatted(service.name(), STOP_SECONDS));
        }
        var container = pod.at("/containers/0");
        if (service.streams() && !keepsHome(container)) {
            problems.add(service.name() + " loses its home with its container");
        }
        var ports = new ArrayList<Integer>();
        container
                .path("ports")
                .forEach(port -> ports.add(port.path("containerPort").asInt()));
        if (!ports.equals(service.ports())) {
            problems.add("%s pod names ports %s, the service listens on %s"
                    .formatted(service.name(), ports, service.ports()));
        }
        for (var probe : Map.of("startupProbe", "started", "livenessProbe", "live", "readinessProbe", "ready")
                .entrySet()) {
            var get = container.path(probe.getKey()).path("httpGet");
            addProbe(
                    problems,
                    service,
                    get.path("port").asInt(),
                    get.path("path").asText());
            if (!get.path("path").asText().endsWith("/" + probe.getValue())) {
                problems.add("%s %s asks %s".formatted(service.name(), probe.getKey(), get.path("path")));
            }
        }
        var used = new HashSet<String>();
        container.path("env").forEach(variable -> used.add(variable.path("name").asText()));
        container.path("envFrom").forEach(source -> {
            var name = source.at("/configMapRef/name")
                    .asText(source.at("/secretRef/name").asText());
            var data = configs.get(name);
            if (data == null) {
                problems.add("%s reads '%s', which no object defines".formatted(service.name(), name));
            } else {
                data.fieldNames().forEachRemaining(used::add);
            }
        });
        addUnknown(problems, service, used);
        named(objects, "Service", service.name()).at("/spec/ports").forEach(port -> {
            if (!service.ports().contains(port.path("port").asInt())) {
                problems.add("Service %s offers port %s".formatted(service.name(), port.path("port")));
            }
        });
        return problems;
    }

    private static boolean keepsHome(JsonNode container) {
        for (var mount : container.path("volumeMounts")) {
            if (mount.path("mountPath").asText().equals("/var/lib/weighbridge")) {
                return true;
            }
        }
        return false;
    }

    private static int seconds(String duration) {
        return duration.matches("[0-9]+s") ? Integer.parseInt(duration.substring(0, duration.length() - 1)) : 0;
    }

    private static JsonNode named(List<JsonNode> objects, String kind, String name) {
        return objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind)
                        && object.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no %s named %s".formatted(kind, name)));
    }

    private static void addProbe(List<String> problems, ServiceFacts service, int port, String path) {
        if (port != service.ports().getFirst()) {
            problems.add("%s is probed on port %d, its HTTP port is %d"
                    .formatted(service.name(), port, service.ports().getFirst()));
        }
        if (!ServiceFacts.PROBES.contains(path)) {
            problems.add("%s is probed at '%s', which is no health path".formatted(service.name(), path));
        }
    }

    private static void addUnknown(List<String> problems, ServiceFacts service, Set<String> used) {
        service.unknown(used).forEach(name -> problems.add("%s does not read %s".formatted(service.name(), name)));
    }
}
