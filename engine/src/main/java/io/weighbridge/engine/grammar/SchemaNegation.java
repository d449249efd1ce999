package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What is left of a set of values without another: for {@code not}, {@code oneOf} and {@code if}. Exact, or refused. Not
 * thread-safe.
 */
final class SchemaNegation {
    /** How far down it is looked for a contradiction between two schemas of objects or arrays. */
    static final int DISJOINT_DEPTH_MAX = 4;

    private static final Set<String> REFUSED_IN_OBJECTS =
            Set.of("additionalProperties", "patternProperties", "propertyNames", "unevaluatedProperties");
    private static final Set<String> REFUSED_IN_ARRAYS =
            Set.of("items", "prefixItems", "uniqueItems", "contains", "unevaluatedItems");

    private final SchemaReader reader;
    private final Budget budget;

    SchemaNegation(SchemaReader reader, Budget budget) {
        this.reader = reader;
        this.budget = budget;
    }

    /** The values of {@code from} that are not in {@code what}; {@code keyword} asks for it. */
    JsonValues minus(JsonValues from, JsonValues what, String keyword) {
        if (what == JsonValues.NONE) {
            return from;
        }
        return new JsonValues(
                from.hasNull() && !what.hasNull(),
                from.hasTrue() && !what.hasTrue(),
                from.hasFalse() && !what.hasFalse(),
                numbers(from.numbers(), what.numbers()),
                strings(from, what, keyword),
                objects(from.objects(), what.objects(), keyword),
                arrays(from.arrays(), what.arrays(), keyword),
                from.isPart());
    }

    private Dfa numbers(Dfa from, Dfa what) {
        if (what.isEmpty() || from.isEmpty()) {
            return from;
        }
        return from.minus(what, budget);
    }

    private List<JsonValues.Strings> strings(JsonValues from, JsonValues what, String keyword) {
        if (what.strings().isEmpty() || from.strings().isEmpty()) {
            return from.strings();
        }
        if (what.isPart()) {
            throw GrammarException.unsupported(
                    "format inside %s is not supported, since what lacks a format cannot be told exactly"
                            .formatted(keyword));
        }
        var excluded = what.stringsWhole(budget);
        var left = new ArrayList<JsonValues.Strings>();
        for (var some : from.strings()) {
            var rest = excluded == Dfa.ANY
                    ? excluded.minus(excluded, budget)
                    : some.dfa().minus(excluded, budget);
            if (!rest.isEmpty()) {
                left.add(new JsonValues.Strings(rest, some.min(), some.max()));
            }
        }
        return left;
    }

    private List<List<JsonNode>> objects(List<List<JsonNode>> from, List<List<JsonNode>> what, String keyword) {
        var left = from;
        for (var alternative : what) {
            if (left.isEmpty() || left.stream().allMatch(mine -> noObject(both(mine, alternative), 0))) {
                continue;
            }
            var negated = new ArrayList<List<JsonNode>>();
            for (var schema : alternative) {
                notObject(schema, keyword).forEach(way -> negated.add(List.of(way)));
            }
            left = JsonValues.products(left, negated);
        }
        return left;
    }

    /** The ways in which an object can fail {@code schema}. */
    private static List<JsonNode> notObject(JsonNode schema, String keyword) {
        for (var refused : REFUSED_IN_OBJECTS) {
            if (schema.has(refused)) {
                throw overlap(keyword, refused);
            }
        }
        var ways = new ArrayList<JsonNode>();
        SchemaReader.named(schema, "properties").forEach((name, value) -> {
            if (!(value.isBoolean() && value.booleanValue())) {
                var way = SchemaReader.object(
                        "required", SchemaReader.NODES.arrayNode().add(name));
                way.set("properties", SchemaReader.object(name, SchemaReader.object("not", value)));
                ways.add(way);
            }
        });
        for (var name : SchemaReader.list(schema, "required")) {
            ways.add(SchemaReader.without(name.asText()));
        }
        long min = SchemaReader.count(schema, "minProperties", 0);
        if (min > 0) {
            ways.add(SchemaReader.object("maxProperties", SchemaReader.NODES.numberNode(min - 1)));
        }
        if (schema.has("maxProperties")) {
            long max = SchemaReader.count(schema, "maxProperties", 0);
            ways.add(SchemaReader.object("minProperties", SchemaReader.NODES.numberNode(max + 1)));
        }
        return ways;
    }

    private List<List<JsonNode>> arrays(List<List<JsonNode>> from, List<List<JsonNode>> what, String keyword) {
        var left = from;
        for (var alternative : what) {
            if (left.isEmpty() || left.stream().allMatch(mine -> noArray(both(mine, alternative), 0))) {
                continue;
            }
            var negated = new ArrayList<List<JsonNode>>();
            for (var schema : alternative) {
                for (var refused : REFUSED_IN_ARRAYS) {
                    if (schema.has(refused)) {
                        throw overlap(keyword, refused);
                    }
                }
                long min = SchemaReader.count(schema, "minItems", 0);
                if (min > 0) {
                    negated.add(List.of(SchemaReader.object("maxItems", SchemaReader.NODES.numberNode(min - 1))));
                }
                if (schema.has("maxItems")) {
                    long max = SchemaReader.count(schema, "maxItems", 0);
                    negated.add(List.of(SchemaReader.object("minItems", SchemaReader.NODES.numberNode(max + 1))));
                }
            }
            left = JsonValues.products(left, negated);
        }
        return left;
    }

    private static GrammarException overlap(String keyword, String inside) {
        return GrammarException.unsupported(
                keyword.equals("oneOf")
                        ? "oneOf is supported only where its options exclude each other; these may overlap and %s keeps the overlap from being taken out. Use anyOf, or give each option a property with a const of its own"
                                .formatted(inside)
                        : "%s with %s inside is not supported".formatted(keyword, inside));
    }

    private static List<JsonNode> both(List<JsonNode> a, List<JsonNode> b) {
        var all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }

    /** The values that exactly one of {@code options} has. */
    JsonValues exactlyOne(List<JsonValues> options) {
        var all = JsonValues.NONE;
        for (int i = 0; i < options.size(); i++) {
            var mine = options.get(i);
            for (int j = 0; j < options.size(); j++) {
                var theirs = options.get(j);
                if (i != j) {
                    if (mine.isPart()
                            && !mine.strings().isEmpty()
                            && !theirs.strings().isEmpty()) {
                        throw GrammarException.unsupported(
                                "format inside oneOf is not supported where two options allow" + " strings; use anyOf");
                    }
                    mine = minus(mine, theirs, "oneOf");
                }
            }
            all = all.or(mine, budget);
        }
        return all;
    }

    // Contradictions.

    private boolean nothing(List<JsonNode> schemas, int depth) {
        if (depth >= DISJOINT_DEPTH_MAX || schemas.stream().anyMatch(reader::isOpen)) {
            return false;
        }
        var values = reader.values(schemas);
        return values.hasNoScalar(budget)
                && values.objects().stream().allMatch(some -> noObject(some, depth + 1))
                && values.arrays().stream().allMatch(some -> noArray(some, depth + 1));
    }

    /** Whether surely no object satisfies all of {@code schemas}. */
    private boolean noObject(List<JsonNode> schemas, int depth) {
        var members = new ObjectMembers(schemas, reader, budget);
        if (members.min > members.max || members.required.size() > members.max) {
            return true;
        }
        for (var name : members.required) {
            var value = members.member(name);
            if (value == null || nothing(value, depth)) {
                return true;
            }
        }
        return false;
    }

    /** Whether surely no array satisfies all of {@code schemas}. */
    private boolean noArray(List<JsonNode> schemas, int depth) {
        var items = new ArrayItems(schemas);
        if (items.min > items.max) {
            return true;
        }
        for (int i = 0; i < Math.min(items.min, items.prefix + 1L); i++) {
            if (nothing(items.item(i), depth)) {
                return true;
            }
        }
        return false;
    }
}
