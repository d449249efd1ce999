package io.weighbridge.cli.license;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Facts from a file and from the command line. The latter win. */
final class FactsOptions {
    /** Names within these may hold dots, and nothing lies below them. */
    private static final List<String> NAMED = List.of("operator.permissions.");

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    @Option(
            names = "--facts",
            paramLabel = "FILE",
            description = {
                "the facts, YAML or JSON; - reads standard input.",
                "A fact that is left out is not known. 'license schema' prints what can be said."
            })
    private @Nullable String file;

    @Option(
            names = "--set",
            paramLabel = "FACT=VALUE",
            description = {
                "sets one fact, over the file's; can be repeated. Lists in brackets, such as",
                "tenant.purposes=[assistance,research]. Nothing after the sign makes the fact unknown."
            })
    private List<String> settings = List.of();

    /** The use, or an exception that says what is wrong with its facts. */
    Use use() {
        var text = file == null ? new byte[0] : Files.read(file, UseJson.FACTS_BYTES_MAX);
        if (settings.isEmpty()) {
            return UseJson.read(name(), text);
        }
        // Said before anything is set, so that a fault of the file is not blamed on a setting.
        UseJson.read(name(), text);
        var root = object(text);
        settings.forEach(setting -> set(root, setting));
        try {
            return UseJson.use(root);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("--set: " + wrong.getMessage(), wrong);
        }
    }

    private String name() {
        return file == null ? "the facts" : file;
    }

    private static ObjectNode object(byte[] text) {
        try {
            var root = YAML.readTree(text);
            return root instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
        } catch (IOException impossible) {
            throw new UncheckedIOException("it was just read", impossible);
        }
    }

    private static void set(ObjectNode root, String setting) {
        var sign = setting.indexOf('=');
        if (sign <= 0) {
            throw new IllegalArgumentException(
                    "--set %s: want FACT=VALUE, such as operator.monthlyUsers.group=5000".formatted(setting));
        }
        var path = path(setting.substring(0, sign));
        var parent = root;
        for (var key : path.subList(0, path.size() - 1)) {
            var child = parent.get(key);
            parent = child instanceof ObjectNode object ? object : parent.putObject(key);
        }
        var text = setting.substring(sign + 1).strip();
        if (text.isEmpty()) {
            parent.remove(path.getLast());
        } else {
            parent.set(path.getLast(), value(setting, text));
        }
    }

    private static List<String> path(String fact) {
        for (var prefix : NAMED) {
            if (fact.startsWith(prefix) && fact.length() > prefix.length()) {
                var keys = new java.util.ArrayList<>(List.of(prefix.split("\\.")));
                keys.add(fact.substring(prefix.length()));
                return keys;
            }
        }
        return List.of(fact.split("\\.", -1));
    }

    /** True, false, a whole number, a list or mapping in YAML's flow style; anything else is a text, Norway's code included. */
    private static JsonNode value(String setting, String text) {
        var nodes = JsonNodeFactory.instance;
        if (text.equals("true") || text.equals("false")) {
            return nodes.booleanNode(Boolean.parseBoolean(text));
        }
        if (text.matches("-?[0-9]{1,18}")) {
            return nodes.numberNode(Long.parseLong(text));
        }
        if (text.startsWith("[") || text.startsWith("{")) {
            try {
                return YAML.readTree(text);
            } catch (JsonProcessingException broken) {
                throw new IllegalArgumentException(
                        "--set %s: %s".formatted(setting, broken.getOriginalMessage()), broken);
            }
        }
        return nodes.textNode(text);
    }
}
