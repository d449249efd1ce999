package io.weighbridge.engine.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random JSON Schemas out of the supported keywords, and random texts under a grammar's mask. */
public final class RandomSchemas {
    private static final List<String> FORMATS = List.of(
            "date",
            "time",
            "date-time",
            "duration",
            "uuid",
            "ipv4",
            "ipv6",
            "hostname",
            "email",
            "uri",
            "json-pointer");
    private static final List<String> NAMES = List.of("a", "b", "name", "type", "é", "x\\\"y");
    private static final List<String> PATTERNS =
            List.of("^a+$", "b", "^[a-z]{2,4}$", "^\\\\d+(\\\\.\\\\d+)?$", "x|y", "^.{1,3}$", "[^a]$", "é");
    private static final List<String> SCALARS =
            List.of("1", "2.5", "-3", "\"a\"", "\"foo\"", "\"\"", "null", "true", "\"q\\\"\\t\"");

    private final Random random;

    private boolean definitions;

    public RandomSchemas(Random random) {
        this.random = random;
    }

    /** A schema with definitions that it and they refer to, recursion among it. */
    public String withDefinitions(int depth) {
        definitions = true;
        var whole = "{\"$defs\":{\"p\":" + schema(depth - 1) + ",\"q\":" + schema(depth - 1) + ",\"tree\":"
                + "{\"type\":\"object\",\"properties\":{\"value\":" + schema(0)
                + ",\"children\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/tree\"},\"maxItems\":2}},\"required\":[\"value\"],\"additionalProperties\":false}}"
                + ",\"allOf\":[" + schema(depth) + "]}";
        definitions = false;
        return whole;
    }

    /** A schema whose objects and arrays nest no deeper than {@code depth}. */
    public String schema(int depth) {
        if (definitions && random.nextInt(4) == 0) {
            return "{\"$ref\":\"#/$defs/" + one(List.of("p", "q", "tree")) + "\"}";
        }
        int kind = random.nextInt(depth > 0 ? 16 : 8);
        return switch (kind) {
            case 0 -> "{\"type\":\"integer\"" + bounds() + "}";
            case 1 -> "{\"type\":\"number\"" + bounds() + "}";
            case 2 -> "{\"type\":\"string\"" + lengths("Length", 6) + "}";
            case 3 -> "{\"type\":\"string\",\"pattern\":\"" + one(PATTERNS) + "\"}";
            case 4 -> "{\"enum\":[" + some(SCALARS) + "]}";
            case 5 -> "{\"type\":[\"null\",\"boolean\",\"integer\"]}";
            case 6 -> "{\"const\":" + one(SCALARS) + "}";
            case 7 ->
                switch (random.nextInt(4)) {
                    case 0 -> "{}";
                    case 1 -> "{\"type\":\"string\",\"minLength\":%d}".formatted(random.nextInt(40));
                    case 2 ->
                        "{\"type\":\"string\",\"minLength\":3,\"maxLength\":%d}".formatted(100 + random.nextInt(400));
                    default -> "{\"type\":\"string\",\"format\":\"" + one(FORMATS) + "\"}";
                };
            case 8, 9, 10 -> object(depth);
            case 11, 12 -> array(depth);
            case 13 -> "{\"anyOf\":[" + schema(depth - 1) + "," + schema(depth - 1) + "]}";
            case 14 ->
                "{\"" + (random.nextBoolean() ? "allOf" : "oneOf") + "\":[" + schema(depth - 1) + ","
                        + schema(depth - 1) + "]}";
            default ->
                random.nextBoolean()
                        ? "{\"not\":" + schema(0) + ",\"type\":[\"string\",\"number\",\"object\"]}"
                        : "{\"if\":" + schema(depth - 1) + ",\"then\":" + schema(depth - 1) + ",\"else\":"
                                + schema(depth - 1) + "}";
        };
    }

    private String bounds() {
        var all = new StringBuilder();
        if (random.nextBoolean()) {
            all.append(",\"%s\":%s"
                    .formatted(
                            one(List.of("minimum", "exclusiveMinimum")),
                            one(List.of("-12", "0", "3", "1.5", "-0.25"))));
        }
        if (random.nextBoolean()) {
            all.append(",\"%s\":%s"
                    .formatted(one(List.of("maximum", "exclusiveMaximum")), one(List.of("4", "100", "20.75", "1234"))));
        }
        if (random.nextInt(3) == 0) {
            all.append(",\"multipleOf\":").append(one(List.of("1", "2", "5", "0.5", "0.25", "7")));
        }
        return all.toString();
    }

    private String lengths(String what, int max) {
        int least = random.nextInt(max / 2);
        return (random.nextBoolean() ? ",\"min" + what + "\":" + least : "")
                + (random.nextBoolean() ? ",\"max" + what + "\":" + (least + random.nextInt(max)) : "");
    }

    /** A schema of objects, as tools have for their parameters. */
    public String object(int depth) {
        var properties = new ArrayList<String>();
        var required = new ArrayList<String>();
        for (var name : NAMES) {
            if (random.nextInt(3) == 0) {
                properties.add("\"" + name + "\":" + schema(depth - 1));
                if (random.nextBoolean()) {
                    required.add("\"" + name + "\"");
                }
            }
        }
        var all = new StringBuilder("{\"type\":\"object\",\"properties\":{" + String.join(",", properties)
                + "},\"required\":[" + String.join(",", required) + "]");
        switch (random.nextInt(6)) {
            case 0 -> all.append(",\"additionalProperties\":").append(schema(0));
            case 1, 2 -> all.append(",\"additionalProperties\":false");
            case 3 -> all.append(",\"patternProperties\":{\"^a\":" + schema(0) + "}");
            case 4 -> all.append(",\"propertyNames\":{\"maxLength\":3}");
            default -> all.append(",\"dependentRequired\":{\"a\":[\"b\"]}");
        }
        if (random.nextInt(3) == 0) {
            all.append(",\"maxProperties\":3");
        }
        if (random.nextInt(4) == 0) {
            all.append(",\"minProperties\":1");
        }
        return all.append('}').toString();
    }

    private String array(int depth) {
        return "{\"type\":\"array\"" + (random.nextBoolean() ? ",\"items\":" + schema(depth - 1) : "")
                + (random.nextInt(3) == 0 ? ",\"prefixItems\":[" + schema(depth - 1) + "," + schema(0) + "]" : "")
                + lengths("Items", 4)
                + "}";
    }

    private String one(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    private String some(List<String> from) {
        var chosen = new ArrayList<String>();
        from.forEach(value -> {
            if (random.nextBoolean()) {
                chosen.add(value);
            }
        });
        return chosen.isEmpty() ? from.getFirst() : String.join(",", chosen);
    }

    /** A text of random tokens under the mask, within {@code tokens}; null if it cannot be finished within them. */
    static byte @Nullable [] text(CompiledGrammar grammar, TestVocabulary vocabulary, int tokens, Random random) {
        var state = grammar.start();
        if (state.tokensToEnd() > tokens) {
            return null;
        }
        var out = new ByteArrayOutputStream();
        var mask = new long[grammar.maskLength()];
        for (int left = tokens; left > 0 && !state.isComplete(); left--) {
            state.mask(mask, left);
            int count = 0;
            int picked = -1;
            for (int id = 0; id < vocabulary.size(); id++) {
                if ((mask[id >>> 6] >>> id & 1) != 0 && random.nextInt(++count) == 0) {
                    picked = id;
                }
            }
            if (picked < 0) {
                throw new AssertionError("no token may follow '" + out.toString(UTF_8) + "'");
            }
            state.advance(picked);
            out.writeBytes(vocabulary.bytes(picked));
        }
        if (!state.isComplete() && !state.mayEnd()) {
            throw new AssertionError("not finished: '" + out.toString(UTF_8) + "'");
        }
        return out.toByteArray();
    }

    /** Prints random schemas and texts, a tab between them, for a validator to read. Arguments: first seed, last seed. */
    public static void main(String[] arguments) {
        for (int seed = Integer.parseInt(arguments[0]); seed < Integer.parseInt(arguments[1]); seed++) {
            var random = new Random(seed);
            var schema = new RandomSchemas(random).schema(3);
            try {
                var grammar = TestVocabulary.schema(schema);
                for (int i = 0; i < 5; i++) {
                    var text = text(grammar, TestVocabulary.TOKENS, 150, random);
                    if (text != null) {
                        System.out.println(seed + "\t" + schema + "\t" + new String(text, UTF_8).replace("\n", " "));
                    }
                }
            } catch (GrammarException e) {
                System.out.println(seed + "\t" + e.kind() + " " + e.getMessage());
            }
        }
    }
}
