package io.weighbridge.endtoend.deployment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a service itself says: its ports from application.properties, and the environment variables that it reads, from its
 * configuration interface and from the variables named in the properties.
 */
record ServiceFacts(String name, List<Integer> ports, Set<String> variables) {
    static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
    static final List<String> SERVICES = List.of("registry", "inference", "gateway");

    /** Health groups of Quarkus, at the default root; a service that moved them would say so in its properties. */
    static final Set<String> PROBES = Set.of("/q/health/live", "/q/health/ready", "/q/health/started");

    private static final Pattern METHOD = Pattern.compile("^    [A-Z][\\w<>., ]*? (\\w+)\\(\\);", Pattern.MULTILINE);
    private static final Pattern PRIMITIVE =
            Pattern.compile("^    (?:int|long|boolean|double) (\\w+)\\(\\);", Pattern.MULTILINE);
    private static final Pattern NAMED = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]+)[:}]");

    /** Quarkus' own settings and those of the JVM's native libraries that the files may use. */
    private static final Set<String> OF_THE_PLATFORM = Set.of(
            "QUARKUS_PROFILE",
            "QUARKUS_HTTP_HOST",
            "QUARKUS_HTTP_PORT",
            "QUARKUS_GRPC_SERVER_HOST",
            "QUARKUS_GRPC_SERVER_PORT",
            "DJL_CACHE_DIR",
            "ENGINE_CACHE_DIR",
            "DJL_OFFLINE",
            "OPT_OUT_TRACKING",
            "WEIGHBRIDGE_HOME");

    static ServiceFacts of(String service) {
        var main = CHECKOUT.resolve(service + "-service").resolve("src/main");
        var properties = new Properties();
        var text = read(main.resolve("resources/application.properties"));
        try {
            properties.load(new java.io.StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (properties.stringPropertyNames().stream()
                .anyMatch(key -> key.startsWith("quarkus.smallrye-health.")
                        || key.startsWith("quarkus.http.root-path")
                        || key.startsWith("quarkus.http.non-application"))) {
            throw new AssertionError(service + " moves its health paths; teach this test where to");
        }
        var ports = new java.util.ArrayList<Integer>();
        ports.add(Integer.valueOf(properties.getProperty("quarkus.http.port")));
        if (properties.containsKey("quarkus.grpc.server.port")) {
            ports.add(Integer.valueOf(properties.getProperty("quarkus.grpc.server.port")));
        }
        return new ServiceFacts(service, List.copyOf(ports), variables(service, main, text));
    }

    private static Set<String> variables(String service, Path main, String properties) {
        var variables = new HashSet<>(OF_THE_PLATFORM);
        var named = NAMED.matcher(properties);
        while (named.find()) {
            variables.add(named.group(1));
        }
        var config = read(
                main.resolve("java/io/weighbridge").resolve(service).resolve(capitalized(service) + "Config.java"));
        var prefix = "WEIGHBRIDGE_" + service.toUpperCase(Locale.ROOT) + "_";
        for (var pattern : List.of(METHOD, PRIMITIVE)) {
            var methods = pattern.matcher(config);
            while (methods.find()) {
                variables.add(
                        prefix + methods.group(1).replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT));
            }
        }
        return variables;
    }

    /** Whether it answers with streams that must be let finish. */
    boolean streams() {
        return !name.equals("registry");
    }

    /** Names among {@code used} that this service does not read. */
    Set<String> unknown(Set<String> used) {
        return used.stream().filter(name -> !variables.contains(name)).collect(Collectors.toSet());
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static String capitalized(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }
}
