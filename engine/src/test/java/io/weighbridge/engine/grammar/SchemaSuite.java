package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Runs the public JSON Schema test suite against the compiler. Argument: the folder {@code tests/draft2020-12} of a checkout of
 * json-schema-org/JSON-Schema-Test-Suite. A group's schema is accepted or refused with a reason; of accepted groups, every valid
 * instance has to be generated in some order of its members, and no invalid one in any.
 */
public final class SchemaSuite {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
            .build();

    private static final int ORDERS_MAX = 5_000;

    private int groups;
    private int accepted;
    private int valid;
    private int validMissed;
    private int invalid;
    private int invalidTaken;
    private final TreeMap<String, Integer> refusals = new TreeMap<>();

    private SchemaSuite() {}

    public static void main(String[] arguments) throws IOException {
        var suite = new SchemaSuite();
        try (var files = Files.list(Path.of(arguments[0]))) {
            for (var file : files.filter(path -> path.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                suite.run(file);
            }
        }
        suite.report();
        if (suite.invalidTaken > 0) {
            System.exit(1);
        }
    }

    private void run(Path file) throws IOException {
        for (var group : MAPPER.readTree(file.toFile())) {
            groups++;
            var name = file.getFileName() + ": " + group.get("description").asText();
            CompiledGrammar grammar;
            boolean nothing = false;
            try {
                grammar = Grammar.jsonSchema(group.get("schema").toString()).compile(TestVocabulary.VOCABULARY);
            } catch (GrammarException e) {
                if (e.kind() != GrammarException.Kind.UNSATISFIABLE) {
                    refusals.merge(e.kind() + " " + firstWords(String.valueOf(e.getMessage())), 1, Integer::sum);
                    System.out.println("refused  " + name + " -- " + e.getMessage());
                    continue;
                }
                nothing = true;
                grammar = Grammar.literal("").compile(TestVocabulary.VOCABULARY);
            }
            accepted++;
            for (var test : group.get("tests")) {
                check(name, grammar, nothing, test);
            }
        }
    }

    private void check(String name, CompiledGrammar grammar, boolean nothing, JsonNode test) {
        boolean taken =
                !nothing && orders(test.get("data")).stream().anyMatch(text -> TestVocabulary.accepts(grammar, text));
        if (test.get("valid").asBoolean()) {
            valid++;
            if (!taken) {
                validMissed++;
                System.out.println(
                        "missed   " + name + " / " + test.get("description").asText() + ": " + test.get("data"));
            }
        } else {
            invalid++;
            if (taken) {
                invalidTaken++;
                System.out.println(
                        "WRONG    " + name + " / " + test.get("description").asText() + ": " + test.get("data"));
            }
        }
    }

    private static String firstWords(String message) {
        var words = message.split(" ");
        return String.join(" ", List.of(words).subList(0, Math.min(3, words.length)));
    }

    /** The value as compact JSON, with the members of its objects in every order, as far as a limit goes. */
    private static List<String> orders(JsonNode value) {
        if (value.isObject()) {
            var members = new ArrayList<List<String>>();
            value.properties()
                    .forEach(member -> members.add(orders(member.getValue()).stream()
                            .map(text -> JsonNodeFactory.instance.textNode(member.getKey()) + ":" + text)
                            .toList()));
            var all = new ArrayList<String>();
            permute(members, new boolean[members.size()], "", 0, all);
            return all;
        }
        if (value.isArray()) {
            var all = List.of("");
            for (var element : value) {
                var longer = new ArrayList<String>();
                for (var before : all) {
                    for (var text : orders(element)) {
                        if (longer.size() < ORDERS_MAX) {
                            longer.add(before.isEmpty() ? text : before + "," + text);
                        }
                    }
                }
                all = longer;
            }
            return all.stream().map(text -> "[" + text + "]").toList();
        }
        return List.of(value.isBigDecimal() ? value.decimalValue().toPlainString() : value.toString());
    }

    private static void permute(
            List<List<String>> members, boolean[] used, String before, int count, List<String> all) {
        if (all.size() >= ORDERS_MAX) {
            return;
        }
        if (count == members.size()) {
            all.add("{" + before + "}");
            return;
        }
        for (int i = 0; i < members.size(); i++) {
            if (!used[i]) {
                used[i] = true;
                for (var text : members.get(i)) {
                    permute(members, used, before.isEmpty() ? text : before + "," + text, count + 1, all);
                }
                used[i] = false;
            }
        }
    }

    private void report() {
        refusals.forEach((reason, count) -> System.out.printf(Locale.ROOT, "%4d refused: %s%n", count, reason));
        System.out.printf(
                Locale.ROOT,
                "%d groups, %d accepted; valid instances: %d, of them not generated %d; invalid: %d, of them generated %d%n",
                groups,
                accepted,
                valid,
                validMissed,
                invalid,
                invalidTaken);
    }
}
