package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads schemas as sets of values. Schemas inside of objects and arrays stay unread until asked for. Not thread-safe. */
final class SchemaReader {
    static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private static final Set<String> ARRAY_KEYWORDS = Set.of(
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "uniqueItems",
            "contains",
            "minContains",
            "maxContains",
            "unevaluatedItems");
    private static final Set<String> OBJECT_KEYWORDS = Set.of(
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "minProperties",
            "maxProperties",
            "unevaluatedProperties");
    private static final Set<String> TYPES =
            Set.of("null", "boolean", "object", "array", "number", "string", "integer");

    private final SchemaDocument document;
    private final Budget budget;
    private final Map<JsonNode, JsonValues> known = new IdentityHashMap<>();
    private final Set<JsonNode> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final SchemaNegation negation;

    SchemaReader(SchemaDocument document, Budget budget) {
        this.document = document;
        this.budget = budget;
        this.negation = new SchemaNegation(this, budget);
    }

    /** Whether {@code schema} is being read right now, so that its values cannot be asked for. */
    boolean isOpen(JsonNode schema) {
        return open.contains(schema);
    }

    /** The values that satisfy all of {@code schemas}. */
    JsonValues values(List<JsonNode> schemas) {
        var all = JsonValues.ANY;
        for (var schema : schemas) {
            all = all.and(values(schema), budget);
        }
        return all;
    }

    JsonValues values(JsonNode schema) {
        if (schema.isBoolean()) {
            return schema.booleanValue() ? JsonValues.ANY : JsonValues.NONE;
        }
        if (!schema.isObject()) {
            throw GrammarException.syntax("a schema has to be an object or a boolean, not " + shown(schema));
        }
        var values = known.get(schema);
        if (values == null) {
            if (!open.add(schema)) {
                throw GrammarException.unsupported(
                        "a schema refers to itself without a level of nesting in between ($ref);"
                                + " put the reference inside properties or items");
            }
            try {
                budget.conjunction();
                values = read(schema);
            } finally {
                open.remove(schema);
            }
            known.put(schema, values);
        }
        return values;
    }

    static String shown(JsonNode value) {
        var text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }

    private JsonValues read(JsonNode schema) {
        for (var keyword : List.of("$dynamicRef", "$recursiveRef", "dependencies")) {
            if (schema.has(keyword)) {
                throw GrammarException.unsupported("%s is not supported%s"
                        .formatted(
                                keyword,
                                keyword.equals("dependencies")
                                        ? "; use dependentRequired or dependentSchemas"
                                        : "; use $ref"));
            }
        }
        var values = JsonValues.ANY;
        if (SchemaDocument.hasAny(schema, OBJECT_KEYWORDS)) {
            values = values.withObjects(List.of(List.of(schema)));
        }
        if (SchemaDocument.hasAny(schema, ARRAY_KEYWORDS)) {
            values = values.withArrays(List.of(List.of(schema)));
        }
        values = numbers(schema, values);
        values = strings(schema, values);
        var type = schema.get("type");
        if (type != null) {
            values = values.and(ofTypes(type), budget);
        }
        if (schema.has("const")) {
            values = values.and(ofConstants(List.of(schema.get("const"))), budget);
        }
        if (schema.has("enum")) {
            values = values.and(ofConstants(list(schema, "enum")), budget);
        }
        var reference = schema.get("$ref");
        if (reference != null) {
            values = values.and(values(document.target(schema, text(schema, "$ref"))), budget);
        }
        return applicators(schema, values);
    }

    private JsonValues applicators(JsonNode schema, JsonValues before) {
        var values = before;
        for (var part : list(schema, "allOf")) {
            values = values.and(values(part), budget);
        }
        if (schema.has("anyOf")) {
            var any = JsonValues.NONE;
            for (var option : list(schema, "anyOf")) {
                any = any.or(values(option), budget);
            }
            values = values.and(any, budget);
        }
        if (schema.has("oneOf")) {
            var options = new ArrayList<JsonValues>();
            for (var option : list(schema, "oneOf")) {
                options.add(values(option).and(values, budget));
            }
            values = negation.exactlyOne(options);
        }
        if (schema.has("not")) {
            values = negation.minus(values, values(schema.get("not")), "not");
        }
        if (schema.has("if") && (schema.has("then") || schema.has("else"))) {
            var condition = values(schema.get("if"));
            var then = schema.has("then") ? values(schema.get("then")) : JsonValues.ANY;
            var otherwise = schema.has("else") ? values(schema.get("else")) : JsonValues.ANY;
            var yes = values.and(condition, budget).and(then, budget);
            var no = negation.minus(values, condition, "if").and(otherwise, budget);
            values = yes.or(no, budget);
        }
        return dependent(schema, values);
    }

    /** What is asked for if a property is there: either it is not, or it is and the rest holds. */
    private JsonValues dependent(JsonNode schema, JsonValues before) {
        var values = before;
        for (var entry : named(schema, "dependentRequired").entrySet()) {
            var required = NODES.arrayNode().add(entry.getKey());
            entry.getValue().forEach(required::add);
            values = values.withObjects(JsonValues.products(
                    values.objects(),
                    List.of(List.of(without(entry.getKey())), List.of(object("required", required)))));
        }
        for (var entry : named(schema, "dependentSchemas").entrySet()) {
            var present = object("required", NODES.arrayNode().add(entry.getKey()));
            var with = JsonValues.products(
                    List.of(List.of(present)), values(entry.getValue()).objects());
            var either = new ArrayList<List<JsonNode>>();
            either.add(List.of(without(entry.getKey())));
            either.addAll(with);
            values = values.withObjects(JsonValues.products(values.objects(), either));
        }
        return values;
    }

    static ObjectNode object(String keyword, JsonNode value) {
        return NODES.objectNode().set(keyword, value);
    }

    /** A schema of objects that lack a property. */
    static JsonNode without(String property) {
        return object("properties", object(property, NODES.booleanNode(false)));
    }

    private JsonValues numbers(JsonNode schema, JsonValues values) {
        Dfa numbers = Numbers.PLAIN;
        for (var keyword : List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")) {
            if (!schema.has(keyword)) {
                continue;
            }
            var bound = number(schema, keyword);
            Numbers.check(keyword, bound);
            if (keyword.equals("multipleOf") && bound.signum() <= 0) {
                throw GrammarException.syntax("multipleOf has to be above zero");
            }
            var some = switch (keyword) {
                case "minimum" -> Numbers.atLeast(bound, budget);
                case "maximum" -> Numbers.atMost(bound, budget);
                case "exclusiveMinimum" -> Numbers.above(bound, budget);
                case "exclusiveMaximum" -> Numbers.below(bound, budget);
                default -> bound.compareTo(BigDecimal.ONE) == 0 ? Numbers.INTEGERS : Numbers.multiplesOf(bound, budget);
            };
            numbers = JsonValues.and(numbers, some, Numbers.PLAIN, budget);
        }
        return values.withNumbers(numbers);
    }

    private JsonValues strings(JsonNode schema, JsonValues values) {
        var dfa = Dfa.ANY;
        if (schema.has("pattern")) {
            dfa = pattern(text(schema, "pattern"));
        }
        boolean part = false;
        if (schema.has("format")) {
            var format = Formats.of(text(schema, "format"));
            if (format != null) {
                dfa = JsonValues.and(dfa, Dfa.of(format, budget), Dfa.ANY, budget);
                part = true;
            }
        }
        long min = count(schema, "minLength", 0);
        long max = count(schema, "maxLength", JsonValues.UNBOUNDED);
        return values.withStrings(List.of(new JsonValues.Strings(dfa, min, max)), part);
    }

    Dfa pattern(String pattern) {
        return Dfa.of(RegexParser.anywhere(pattern), budget);
    }

    private static JsonValues ofTypes(JsonNode type) {
        var names = new ArrayList<String>();
        if (type.isTextual()) {
            names.add(type.textValue());
        } else if (type.isArray()) {
            type.forEach(name -> names.add(name.asText()));
        } else {
            throw GrammarException.syntax("type has to be a name or a list of names");
        }
        for (var name : names) {
            if (!TYPES.contains(name)) {
                throw GrammarException.syntax(
                        "'%s' is no type; known are %s".formatted(name, new java.util.TreeSet<>(TYPES)));
            }
        }
        var none = JsonValues.NONE;
        var any = JsonValues.ANY;
        return new JsonValues(
                names.contains("null"),
                names.contains("boolean"),
                names.contains("boolean"),
                names.contains("number")
                        ? any.numbers()
                        : names.contains("integer") ? Numbers.INTEGERS : none.numbers(),
                names.contains("string") ? any.strings() : none.strings(),
                names.contains("object") ? any.objects() : none.objects(),
                names.contains("array") ? any.arrays() : none.arrays(),
                false);
    }

    private JsonValues ofConstants(List<JsonNode> constants) {
        if (constants.size() > Budget.ENUM_VALUES_MAX) {
            throw GrammarException.limit(
                    "enum has %d values; the limit is %d".formatted(constants.size(), Budget.ENUM_VALUES_MAX));
        }
        boolean hasNull = false;
        boolean hasTrue = false;
        boolean hasFalse = false;
        var numbers = new ArrayList<BigDecimal>();
        var texts = new ArrayList<String>();
        List<List<JsonNode>> objects = List.of();
        List<List<JsonNode>> arrays = List.of();
        for (var constant : constants) {
            budget.tick();
            if (constant.isNull()) {
                hasNull = true;
            } else if (constant.isBoolean()) {
                hasTrue |= constant.booleanValue();
                hasFalse |= !constant.booleanValue();
            } else if (constant.isNumber()) {
                Numbers.check("a number in const or enum", constant.decimalValue());
                numbers.add(constant.decimalValue());
            } else if (constant.isTextual()) {
                texts.add(constant.textValue());
            } else if (constant.isObject()) {
                objects = JsonValues.union(objects, List.of(List.of(exactObject(constant))));
            } else {
                arrays = JsonValues.union(arrays, List.of(List.of(exactArray(constant))));
            }
        }
        var none = JsonValues.NONE;
        return new JsonValues(
                hasNull,
                hasTrue,
                hasFalse,
                numbers.isEmpty() ? none.numbers() : Numbers.oneOf(numbers, budget),
                texts.isEmpty()
                        ? none.strings()
                        : List.of(new JsonValues.Strings(Dfa.ofTexts(texts, budget), 0, JsonValues.UNBOUNDED)),
                objects,
                arrays,
                false);
    }

    private static JsonNode exactObject(JsonNode constant) {
        var properties = NODES.objectNode();
        var required = NODES.arrayNode();
        constant.properties().forEach(property -> {
            properties.set(property.getKey(), object("const", property.getValue()));
            required.add(property.getKey());
        });
        var schema = object("properties", properties);
        schema.set("required", required);
        schema.put("additionalProperties", false);
        return schema;
    }

    private static JsonNode exactArray(JsonNode constant) {
        var items = NODES.arrayNode();
        constant.forEach(element -> items.add(object("const", element)));
        var schema = object("prefixItems", items);
        schema.put("minItems", constant.size());
        schema.put("maxItems", constant.size());
        return schema;
    }

    // Keywords by the type of their value.

    static BigDecimal number(JsonNode schema, String keyword) {
        var value = schema.get(keyword);
        if (!value.isNumber()) {
            throw wrong(keyword, "a number", value);
        }
        return value.decimalValue();
    }

    static String text(JsonNode schema, String keyword) {
        var value = schema.get(keyword);
        if (!value.isTextual()) {
            throw wrong(keyword, "a string", value);
        }
        return value.textValue();
    }

    /** A whole number from zero on; 2.0 is one. */
    static long count(JsonNode schema, String keyword, long whenAbsent) {
        var value = schema.get(keyword);
        if (value == null) {
            return whenAbsent;
        }
        var number = value.isNumber() ? value.decimalValue() : null;
        if (number == null || number.signum() < 0 || number.precision() - number.scale() > 18) {
            throw wrong(keyword, "a whole number from zero on", value);
        }
        try {
            return number.longValueExact();
        } catch (ArithmeticException e) {
            throw wrong(keyword, "a whole number from zero on", value);
        }
    }

    static List<JsonNode> list(JsonNode schema, String keyword) {
        var value = schema.get(keyword);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw wrong(keyword, "a list", value);
        }
        var elements = new ArrayList<JsonNode>();
        value.forEach(elements::add);
        return elements;
    }

    static Map<String, JsonNode> named(JsonNode schema, String keyword) {
        var value = schema.get(keyword);
        if (value == null) {
            return Map.of();
        }
        if (!value.isObject()) {
            throw wrong(keyword, "an object", value);
        }
        var entries = new java.util.LinkedHashMap<String, JsonNode>();
        value.properties().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
        return entries;
    }

    private static GrammarException wrong(String keyword, String wanted, @Nullable JsonNode value) {
        return GrammarException.syntax(
                "%s has to be %s, not %s".formatted(keyword, wanted, value == null ? "absent" : shown(value)));
    }
}
