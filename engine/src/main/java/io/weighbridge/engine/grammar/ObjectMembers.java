package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What several schemas together say about the members of an object. Not thread-safe. */
final class ObjectMembers {
    /** Most properties that are named by one object's schemas. */
    static final int PROPERTIES_MAX = 1_000;

    /** Most different patternProperties of one object: keys are told apart by which of them match. */
    static final int PATTERNS_MAX = 6;

    final Set<String> names = new LinkedHashSet<>();
    final Set<String> required = new LinkedHashSet<>();
    final long min;
    final long max;

    private final List<JsonNode> schemas;
    private final SchemaReader reader;
    private final Budget budget;
    private final Map<String, Dfa> patterns = new LinkedHashMap<>();

    ObjectMembers(List<JsonNode> schemas, SchemaReader reader, Budget budget) {
        this.schemas = schemas;
        this.reader = reader;
        this.budget = budget;
        long least = 0;
        long most = JsonValues.UNBOUNDED;
        for (var schema : schemas) {
            if (schema.has("unevaluatedProperties")
                    && !(schema.get("unevaluatedProperties").isBoolean()
                            && schema.get("unevaluatedProperties").booleanValue())) {
                throw GrammarException.unsupported(
                        "unevaluatedProperties is not supported; list all properties and use additionalProperties");
            }
            names.addAll(SchemaReader.named(schema, "properties").keySet());
            least = Math.max(least, SchemaReader.count(schema, "minProperties", 0));
            most = Math.min(most, SchemaReader.count(schema, "maxProperties", JsonValues.UNBOUNDED));
            for (var pattern : SchemaReader.named(schema, "patternProperties").keySet()) {
                patterns.put(pattern, reader.pattern(pattern));
            }
        }
        for (var schema : schemas) {
            for (var name : SchemaReader.list(schema, "required")) {
                if (!name.isTextual()) {
                    throw GrammarException.syntax("required has to be a list of names");
                }
                required.add(name.textValue());
            }
        }
        names.addAll(required);
        if (names.size() > PROPERTIES_MAX) {
            throw GrammarException.limit("an object has more than %d properties".formatted(PROPERTIES_MAX));
        }
        if (patterns.size() > PATTERNS_MAX) {
            throw GrammarException.limit("an object has more than %d patternProperties".formatted(PATTERNS_MAX));
        }
        min = least;
        max = most;
    }

    /** The schemas of the member of this name; null if it may not be there for its name. */
    @Nullable
    List<JsonNode> member(String name) {
        var all = new ArrayList<JsonNode>();
        for (var schema : schemas) {
            if (schema.has("propertyNames")
                    && !reader.values(schema.get("propertyNames")).hasString(name)) {
                return null;
            }
            boolean evaluated = false;
            var property = schema.has("properties") ? schema.get("properties").get(name) : null;
            if (property != null) {
                evaluated = true;
                all.add(property);
            }
            for (var pattern : SchemaReader.named(schema, "patternProperties").entrySet()) {
                if (pattern(pattern.getKey()).accepts(name)) {
                    evaluated = true;
                    all.add(pattern.getValue());
                }
            }
            if (!evaluated && schema.has("additionalProperties")) {
                all.add(schema.get("additionalProperties"));
            }
        }
        return all;
    }

    private Dfa pattern(String pattern) {
        return patterns.computeIfAbsent(pattern, reader::pattern);
    }

    /** Members whose names are not among {@link #names}: which names, and the schemas of their values. */
    record Others(Dfa names, List<JsonNode> schemas) {}

    /** All members without a place of their own, told apart by the patterns that their names match. */
    List<Others> others() {
        var free = names.isEmpty() ? Dfa.ANY : Dfa.ANY.minus(Dfa.ofTexts(names, budget), budget);
        for (var schema : schemas) {
            if (schema.has("propertyNames")) {
                var allowed = reader.values(schema.get("propertyNames"));
                if (allowed != JsonValues.ANY) {
                    free = JsonValues.and(free, allowed.stringsWhole(budget), Dfa.ANY, budget);
                }
            }
        }
        var all = new ArrayList<Others>();
        var inOrder = List.copyOf(patterns.entrySet());
        for (int matched = 0; matched < 1 << inOrder.size(); matched++) {
            var keys = free;
            for (int i = 0; i < inOrder.size() && !keys.isEmpty(); i++) {
                var pattern = inOrder.get(i).getValue();
                keys = (matched >> i & 1) != 0 ? keys.and(pattern, budget) : keys.minus(pattern, budget);
            }
            if (keys.isEmpty()) {
                continue;
            }
            var values = otherSchemas(inOrder, matched);
            if (values.stream().noneMatch(schema -> schema.isBoolean() && !schema.booleanValue())) {
                all.add(new Others(keys, values));
            }
        }
        return all;
    }

    private List<JsonNode> otherSchemas(List<Map.Entry<String, Dfa>> inOrder, int matched) {
        var values = new ArrayList<JsonNode>();
        for (var schema : schemas) {
            boolean evaluated = false;
            var mine = SchemaReader.named(schema, "patternProperties");
            for (int i = 0; i < inOrder.size(); i++) {
                var value = mine.get(inOrder.get(i).getKey());
                if ((matched >> i & 1) != 0 && value != null) {
                    evaluated = true;
                    values.add(value);
                }
            }
            if (!evaluated && schema.has("additionalProperties")) {
                values.add(schema.get("additionalProperties"));
            }
        }
        return values;
    }
}
