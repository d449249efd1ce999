package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a JSON Schema (2020-12) to the grammar of its documents. Members come in the order in which the schema names them,
 * other members after those. Not thread-safe.
 */
final class SchemaCompiler {
    /** Most different values of the items of an array with uniqueItems; their subsets are the grammar's states. */
    static final int UNIQUE_VALUES_MAX = 8;

    private final Budget budget;
    private final SchemaReader reader;
    private final Map<JsonNode, Integer> ids = new IdentityHashMap<>();
    private final Map<List<Integer>, Node.Ref> known = new HashMap<>();
    private final ArrayDeque<Runnable> todo = new ArrayDeque<>();
    private final Map<Long, Node> lengths = new HashMap<>();

    private SchemaCompiler(SchemaDocument document, Budget budget) {
        this.budget = budget;
        this.reader = new SchemaReader(document, budget);
    }

    static Node compile(String schema) {
        var document = new SchemaDocument(schema);
        var compiler = new SchemaCompiler(document, new Budget());
        var root = compiler.value(List.of(document.root()));
        while (!compiler.todo.isEmpty()) {
            compiler.todo.remove().run();
        }
        return root;
    }

    /** The grammar of the values that satisfy all of {@code schemas}. */
    private Node value(List<JsonNode> schemas) {
        var key = schemas.stream()
                .filter(schema -> !(schema.isBoolean() && schema.booleanValue()))
                .map(schema -> ids.computeIfAbsent(schema, _ -> ids.size()))
                .sorted()
                .distinct()
                .toList();
        var ref = known.get(key);
        if (ref == null) {
            budget.conjunction();
            var made = new Node.Ref();
            known.put(key, made);
            todo.add(() -> made.set(emit(reader.values(schemas))));
            ref = made;
        }
        return ref;
    }

    private Node emit(JsonValues values) {
        var options = new ArrayList<Node>();
        if (values.hasNull()) {
            options.add(Node.literal("null", budget));
        }
        if (values.hasTrue()) {
            options.add(Node.literal("true", budget));
        }
        if (values.hasFalse()) {
            options.add(Node.literal("false", budget));
        }
        if (!values.numbers().isEmpty()) {
            options.add(number(values.numbers()));
        }
        for (var strings : values.strings()) {
            if (!strings.isEmpty(budget)) {
                options.add(string(strings));
            }
        }
        for (var alternative : values.objects()) {
            options.add(new ObjectWriter(new ObjectMembers(alternative, reader, budget)).node());
        }
        for (var alternative : values.arrays()) {
            options.add(array(new ArrayItems(alternative)));
        }
        return Node.choice(budget, options);
    }

    /** Whole numbers are written without a point, a finite set of numbers in the shortest way. */
    private Node number(Dfa numbers) {
        if (numbers == Numbers.PLAIN) {
            return JsonLeaves.number();
        }
        if (numbers == Numbers.INTEGERS) {
            return JsonLeaves.integer();
        }
        return leaf(ByteDfa.utf8(written(numbers), budget));
    }

    private Dfa written(Dfa numbers) {
        var some = numbers.minus(Dfa.ofTexts(List.of("-0"), budget), budget);
        if (some.minus(Numbers.INTEGERS, budget).isEmpty()) {
            some = some.and(Numbers.WITHOUT_POINT, budget);
        }
        var shortest = some.and(Numbers.SHORTEST, budget);
        if (shortest.texts(Budget.ENUM_VALUES_MAX) != null) {
            return shortest;
        }
        var writable = some.and(Numbers.WRITABLE, budget);
        return writable.isEmpty() ? some : writable;
    }

    private Node leaf(ByteDfa dfa) {
        budget.node();
        return Node.leaf(dfa);
    }

    private Node string(JsonValues.Strings strings) {
        if (strings.dfa() != Dfa.ANY) {
            return leaf(ByteDfa.jsonString(strings.whole(budget), budget));
        }
        if (strings.min() == 0 && strings.max() == JsonValues.UNBOUNDED) {
            return JsonLeaves.string();
        }
        var quote = Node.literal("\"", budget);
        var end = strings.max() == JsonValues.UNBOUNDED ? JsonLeaves.ending() : upTo(strings.max() - strings.min());
        return Node.sequence(budget, quote, exactly(strings.min()), end);
    }

    /** So many characters, counted in blocks that all grammars share. */
    private Node exactly(long length) {
        long blocks = length / JsonLeaves.BLOCK_LENGTH;
        int rest = (int) (length % JsonLeaves.BLOCK_LENGTH);
        return Node.sequence(
                budget,
                blocks == 0 ? Node.EMPTY : repeat(block(), blocks, blocks),
                rest == 0 ? Node.EMPTY : JsonLeaves.characters(rest));
    }

    /** At most so many characters and the quote: some whole blocks and an end shorter than a block, or all blocks and what is left. */
    private Node upTo(long length) {
        if (length <= JsonLeaves.BLOCK_LENGTH) {
            return JsonLeaves.ending((int) length);
        }
        return lengths.computeIfAbsent(length, _ -> {
            long blocks = length / JsonLeaves.BLOCK_LENGTH;
            int rest = (int) (length % JsonLeaves.BLOCK_LENGTH);
            return Node.choice(
                    budget,
                    List.of(
                            Node.sequence(
                                    budget,
                                    repeat(block(), 0, blocks - 1),
                                    JsonLeaves.ending(JsonLeaves.BLOCK_LENGTH - 1)),
                            Node.sequence(budget, repeat(block(), blocks, blocks), JsonLeaves.ending(rest))));
        });
    }

    private static Node block() {
        return JsonLeaves.characters(JsonLeaves.BLOCK_LENGTH);
    }

    private Node repeat(Node body, long min, long max) {
        budget.node();
        if (min > Symbol.INFINITE) {
            throw GrammarException.limit("a minimum of %d is too large".formatted(min));
        }
        return new Node.Repeat(body, (int) min, max > Symbol.INFINITE ? Node.UNBOUNDED : (int) max);
    }

    // Arrays.

    private Node array(ArrayItems items) {
        if (items.min > items.max) {
            return Node.choice(budget, List.of());
        }
        if (items.unique && items.max > 1) {
            return uniqueArray(items);
        }
        var open = JsonLeaves.punctuation("[");
        var comma = JsonLeaves.punctuation(",");
        var close = JsonLeaves.closing("]");
        int places = Math.max(items.prefix, 1);
        Node after = close;
        if (items.max > places) {
            var more = Node.sequence(budget, comma, value(items.item(items.prefix)));
            long min = Math.max(0, items.min - places);
            long max = items.max == JsonValues.UNBOUNDED ? items.max : items.max - places;
            after = Node.sequence(budget, repeat(more, min, max), close);
        }
        // after: what follows once all places are filled. Backwards from there to the first.
        for (int i = (int) Math.min(places, items.max) - 1; i >= 0; i--) {
            var next = Node.sequence(budget, value(items.item(i)), after);
            if (i == 0) {
                after = next;
            } else {
                var more = Node.sequence(budget, comma, next);
                after = items.min > i ? more : Node.choice(budget, List.of(close, more));
            }
        }
        if (items.max == 0) {
            return Node.sequence(budget, open, Node.literal("]", budget));
        }
        return Node.sequence(
                budget, open, items.min > 0 ? after : Node.choice(budget, List.of(Node.literal("]", budget), after)));
    }

    /** Items that are all different: possible where few values are, so that the grammar knows which were used. */
    private Node uniqueArray(ArrayItems items) {
        var texts = items.prefix > 0 ? null : fewTexts(reader.values(items.item(0)));
        if (texts == null) {
            throw GrammarException.unsupported(
                    ("uniqueItems is supported only where items is an enum of at most %d values and"
                                    + " there are no prefixItems; leave it out and check the answer")
                            .formatted(UNIQUE_VALUES_MAX));
        }
        var rests = new HashMap<Integer, Node>();
        return Node.sequence(budget, JsonLeaves.punctuation("["), uniqueRest(items, texts, 0, rests));
    }

    private Node uniqueRest(ArrayItems items, List<String> texts, int used, Map<Integer, Node> rests) {
        var ready = rests.get(used);
        if (ready != null) {
            return ready;
        }
        int count = Integer.bitCount(used);
        var options = new ArrayList<Node>();
        if (count >= items.min) {
            options.add(used == 0 ? Node.literal("]", budget) : JsonLeaves.closing("]"));
        }
        for (int i = 0; i < texts.size() && count < items.max; i++) {
            if ((used >> i & 1) == 0) {
                options.add(Node.sequence(
                        budget,
                        used == 0 ? Node.EMPTY : JsonLeaves.punctuation(","),
                        Node.literal(texts.get(i), budget),
                        uniqueRest(items, texts, used | 1 << i, rests)));
            }
        }
        var rest = Node.choice(budget, options);
        rests.put(used, rest);
        return rest;
    }

    /** All values as they are written, if they are few scalars; null otherwise. */
    private @Nullable List<String> fewTexts(JsonValues values) {
        if (!values.objects().isEmpty() || !values.arrays().isEmpty()) {
            return null;
        }
        var texts = new ArrayList<String>();
        if (values.hasNull()) {
            texts.add("null");
        }
        if (values.hasTrue()) {
            texts.add("true");
        }
        if (values.hasFalse()) {
            texts.add("false");
        }
        var numbers = values.numbers() == Numbers.PLAIN
                ? null
                : written(values.numbers()).and(Numbers.SHORTEST, budget).texts(UNIQUE_VALUES_MAX);
        var strings = values.stringsWhole(budget).texts(UNIQUE_VALUES_MAX);
        if (numbers == null || strings == null) {
            return null;
        }
        texts.addAll(numbers);
        strings.forEach(text -> texts.add(quoted(text)));
        return texts.size() <= UNIQUE_VALUES_MAX ? texts : null;
    }

    private static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }

    // Objects.

    /** Writes the grammar of one object: its members in order, each with the commas that the ones before it ask for. */
    private final class ObjectWriter {
        private final ObjectMembers members;
        private final List<String> names = new ArrayList<>();
        private final List<Node> pairs = new ArrayList<>();
        private final List<Node> otherPairs = new ArrayList<>();
        private final int[] requiredFrom;
        private final boolean possible;
        private final boolean countsMax;
        private final int minCount;
        private final Map<List<Integer>, Node> rests = new HashMap<>();

        ObjectWriter(ObjectMembers members) {
            this.members = members;
            boolean all = members.min <= members.max;
            var colon = JsonLeaves.punctuation(":");
            for (var name : members.names) {
                var value = members.member(name);
                if (value == null || value.stream().anyMatch(ObjectWriter::isFalse)) {
                    all &= !members.required.contains(name);
                    continue;
                }
                names.add(name);
                pairs.add(Node.sequence(budget, Node.literal(quoted(name), budget), colon, value(value)));
            }
            for (var others : members.others()) {
                var key = others.names() == Dfa.ANY
                        ? JsonLeaves.string()
                        : leaf(ByteDfa.jsonString(others.names(), budget));
                otherPairs.add(Node.sequence(budget, key, colon, value(others.schemas())));
            }
            requiredFrom = new int[names.size() + 1];
            for (int i = names.size() - 1; i >= 0; i--) {
                requiredFrom[i] = requiredFrom[i + 1] + (members.required.contains(names.get(i)) ? 1 : 0);
            }
            countsMax = members.max < (otherPairs.isEmpty() ? names.size() : JsonValues.UNBOUNDED);
            boolean countsMin = members.min > requiredFrom[0];
            // Other members may repeat a name, so only one of them is sure to add to the count.
            if (members.min > names.size() + (otherPairs.isEmpty() ? 0 : 1)) {
                if (!otherPairs.isEmpty()) {
                    throw GrammarException.unsupported(
                            "minProperties is supported up to the number of properties that are"
                                    + " named, and one more; name more of them");
                }
                all = false;
            }
            if (countsMax && members.max > PROPERTIES_COUNTED_MAX) {
                throw GrammarException.limit(
                        "maxProperties is %d; the limit is %d".formatted(members.max, PROPERTIES_COUNTED_MAX));
            }
            minCount = all && countsMin ? (int) members.min : 0;
            possible = all;
        }

        private static boolean isFalse(JsonNode schema) {
            return schema.isBoolean() && !schema.booleanValue();
        }

        Node node() {
            if (!possible) {
                return Node.choice(budget, List.of());
            }
            var options = new ArrayList<Node>();
            if (requiredFrom[0] == 0 && minCount == 0) {
                options.add(Node.literal("}", budget));
            }
            if (!countsMax || members.max > 0) {
                options.add(item(0, 0, 0, false));
            }
            return Node.sequence(budget, JsonLeaves.punctuation("{"), Node.choice(budget, options));
        }

        /** The next member, at {@code index} or after it, where {@code count} are written and {@code different} of them surely differ. */
        private Node item(int index, int count, int different, boolean hasOther) {
            var key = Arrays.asList(0, index, count, different, hasOther ? 1 : 0);
            var ready = rests.get(key);
            if (ready != null) {
                return ready;
            }
            var made = new Node.Ref();
            budget.node();
            rests.put(key, made);
            var options = new ArrayList<Node>();
            if (index < names.size()) {
                options.add(Node.sequence(
                        budget, pairs.get(index), after(index + 1, more(count), enough(different + 1), false)));
                if (requiredFrom[index] == requiredFrom[index + 1]) {
                    options.add(item(index + 1, count, different, false));
                }
            } else {
                int differ = hasOther ? different : enough(different + 1);
                for (var pair : otherPairs) {
                    options.add(Node.sequence(budget, pair, after(index, more(count), differ, true)));
                }
            }
            made.set(Node.choice(budget, options));
            return made;
        }

        private int more(int count) {
            return countsMax ? count + 1 : 0;
        }

        private int enough(int different) {
            return Math.min(different, minCount);
        }

        /** What follows a member: another one, or the end. */
        private Node after(int index, int count, int different, boolean hasOther) {
            var key = Arrays.asList(1, index, count, different, hasOther ? 1 : 0);
            var ready = rests.get(key);
            if (ready != null) {
                return ready;
            }
            var made = new Node.Ref();
            budget.node();
            rests.put(key, made);
            var options = new ArrayList<Node>();
            if (requiredFrom[index] == 0 && different >= minCount) {
                options.add(JsonLeaves.closing("}"));
            }
            if ((index < names.size() || !otherPairs.isEmpty()) && (!countsMax || count < members.max)) {
                options.add(
                        Node.sequence(budget, JsonLeaves.punctuation(","), item(index, count, different, hasOther)));
            }
            made.set(Node.choice(budget, options));
            return made;
        }
    }

    /** Largest maxProperties that takes effect by counting. */
    static final int PROPERTIES_COUNTED_MAX = 1_000;
}
