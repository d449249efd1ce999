package io.weighbridge.engine.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Mutations of JSON that leave it JSON, mostly: values of other types and at borders, keys gone, lists longer and shorter. */
final class JsonTrees {
    private static final List<String> NASTY = List.of(
            "null",
            "0",
            "-1",
            "1",
            "2",
            "1e999",
            "-0.0",
            "99999999999999999999999",
            "2147483647",
            "2147483648",
            "16777216",
            "0.5",
            "\"\"",
            "\"x\"",
            "true",
            "false",
            "[]",
            "{}",
            "[[[[]]]]",
            "[1, 2]",
            "{\"rope_type\": \"llama3\"}",
            "{\"type\": \"Sequence\"}",
            "NaN",
            "-Infinity",
            "\"\\ud800\"");

    private JsonTrees() {}

    /**
     * {@code good} with one to four values changed.
     *
     * @param words texts that mean something to the reader
     */
    static String mutated(JsonNode good, List<String> words, RandomGenerator random) {
        var tree = good.deepCopy();
        var raw = new ArrayList<String>();
        for (int i = random.nextInt(1 + random.nextInt(4)); i >= 0; i--) {
            var containers = new ArrayList<JsonNode>();
            collect(tree, containers);
            change(containers.get(random.nextInt(containers.size())), raw, words, random);
        }
        var text = tree.toString();
        for (int i = 0; i < raw.size(); i++) {
            text = text.replace('"' + placeholder(i) + '"', raw.get(i));
        }
        return text;
    }

    /** All texts in the tree that are values. */
    static void words(JsonNode node, List<String> words) {
        if (node.isTextual()) {
            words.add(node.textValue());
        }
        node.forEach(child -> words(child, words));
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    private static void change(JsonNode container, List<String> raw, List<String> words, RandomGenerator random) {
        switch (container) {
            case ObjectNode object
            when !object.isEmpty() -> {
                var keys = object.properties().stream().map(Map.Entry::getKey).toList();
                var key = keys.get(random.nextInt(keys.size()));
                switch (random.nextInt(8)) {
                    case 0 -> object.remove(key);
                    case 1 ->
                        object.set(
                                keys.get(random.nextInt(keys.size())),
                                object.path(key).deepCopy());
                    case 2 ->
                        object.set(
                                words.get(random.nextInt(words.size())),
                                object.path(key).deepCopy());
                    default -> value(object.path(key), object::put, key, raw, words, random);
                }
            }
            case ArrayNode array
            when !array.isEmpty() -> {
                int index = random.nextInt(array.size());
                switch (random.nextInt(8)) {
                    case 0 -> array.remove(index);
                    case 1 ->
                        array.insert(
                                random.nextInt(array.size()), array.get(index).deepCopy());
                    case 2 -> {
                        for (int i = random.nextInt(2_000); i > 0; i--) {
                            array.add(array.get(index).deepCopy());
                        }
                    }
                    default -> value(array.get(index), (at, text) -> array.set(at, text), index, raw, words, random);
                }
            }
            default -> {}
        }
    }

    private interface Place<K> {
        Object put(K key, String text);
    }

    private static <K> void value(
            JsonNode old, Place<K> place, K key, List<String> raw, List<String> words, RandomGenerator random) {
        if (old.isTextual() && random.nextBoolean()) {
            place.put(key, words.get(random.nextInt(words.size())));
            return;
        }
        place.put(key, placeholder(raw.size()));
        raw.add(old.isNumber() && random.nextBoolean() ? number(old, random) : NASTY.get(random.nextInt(NASTY.size())));
    }

    private static String number(JsonNode old, RandomGenerator random) {
        return switch (random.nextInt(5)) {
            case 0 -> String.valueOf(old.longValue() + 1);
            case 1 -> String.valueOf(old.longValue() - 1);
            case 2 -> String.valueOf(old.longValue() * 2);
            case 3 -> String.valueOf(old.doubleValue() / 2);
            default -> String.valueOf(-old.doubleValue());
        };
    }

    /** A text that stands for JSON which a tree cannot hold. */
    private static String placeholder(int index) {
        return "@raw" + index + "@";
    }
}
