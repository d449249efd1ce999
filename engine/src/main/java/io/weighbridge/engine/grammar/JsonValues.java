package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A set of JSON values, kind by kind. Numbers are an automaton over all ways to write them ({@link Numbers}). Strings are
 * automata over their characters beside bounds of their length. Objects and arrays are alternatives, each a list of schemas
 * whose keywords for that kind all hold. Immutable.
 *
 * @param isPart whether a {@code format} holds for part of what it means only, so that nothing may be concluded from a value
 *     not being in the set
 */
record JsonValues(
        boolean hasNull,
        boolean hasTrue,
        boolean hasFalse,
        Dfa numbers,
        List<Strings> strings,
        List<List<JsonNode>> objects,
        List<List<JsonNode>> arrays,
        boolean isPart) {
    /** Longest string whose length is checked by an automaton, which is where a pattern or a negation goes with it. */
    static final int COUNTED_LENGTH_MAX = 4_096;

    static final long UNBOUNDED = Long.MAX_VALUE;

    private static final Dfa NO_NUMBERS = Dfa.ofTexts(List.of(), new Budget());
    private static final Strings ANY_STRING = new Strings(Dfa.ANY, 0, UNBOUNDED);

    static final JsonValues ANY = new JsonValues(
            true, true, true, Numbers.PLAIN, List.of(ANY_STRING), List.of(List.of()), List.of(List.of()), false);
    static final JsonValues NONE =
            new JsonValues(false, false, false, NO_NUMBERS, List.of(), List.of(), List.of(), false);

    /** The strings of an automaton whose length in code points is between two bounds. */
    record Strings(Dfa dfa, long min, long max) {
        Strings and(Strings other, Budget budget) {
            return new Strings(
                    JsonValues.and(dfa, other.dfa, Dfa.ANY, budget),
                    Math.max(min, other.min),
                    Math.min(max, other.max));
        }

        /** The same with the bounds inside the automaton. */
        Dfa whole(Budget budget) {
            if (min > max) {
                return NO_NUMBERS;
            }
            if (min == 0 && max == UNBOUNDED) {
                return dfa;
            }
            long largest = max == UNBOUNDED ? min : max;
            if (largest > COUNTED_LENGTH_MAX) {
                throw GrammarException.limit(
                        ("a string length of %d is too large together with a pattern, an enum, oneOf,"
                                        + " not or if; the limit is %d there")
                                .formatted(largest, COUNTED_LENGTH_MAX));
            }
            int top = max == UNBOUNDED ? Regex.UNBOUNDED : (int) max;
            var length = Dfa.of(Regex.times(new Regex.Chars(CharSet.ANY), (int) min, top), budget);
            return JsonValues.and(dfa, length, Dfa.ANY, budget);
        }

        boolean isEmpty(Budget budget) {
            if (min > max || dfa.isEmpty()) {
                return true;
            }
            return dfa != Dfa.ANY && whole(budget).isEmpty();
        }

        boolean has(String text) {
            long length = text.codePointCount(0, text.length());
            return length >= min && length <= max && dfa.accepts(text);
        }
    }

    /** The intersection, without work where one side is everything. */
    static Dfa and(Dfa a, Dfa b, Dfa everything, Budget budget) {
        return a == everything || a == b ? b : b == everything ? a : a.and(b, budget);
    }

    JsonValues withNumbers(Dfa some) {
        return new JsonValues(hasNull, hasTrue, hasFalse, some, strings, objects, arrays, isPart);
    }

    JsonValues withStrings(List<Strings> some, boolean part) {
        return new JsonValues(hasNull, hasTrue, hasFalse, numbers, some, objects, arrays, isPart || part);
    }

    JsonValues withObjects(List<List<JsonNode>> some) {
        return new JsonValues(hasNull, hasTrue, hasFalse, numbers, strings, some, arrays, isPart);
    }

    JsonValues withArrays(List<List<JsonNode>> some) {
        return new JsonValues(hasNull, hasTrue, hasFalse, numbers, strings, objects, some, isPart);
    }

    JsonValues and(JsonValues other, Budget budget) {
        if (other == ANY || this == other) {
            return this;
        }
        if (this == ANY) {
            return other;
        }
        var both = new ArrayList<Strings>();
        for (var mine : strings) {
            for (var theirs : other.strings) {
                var common = mine.and(theirs, budget);
                if (common.min <= common.max && !common.dfa.isEmpty()) {
                    both.add(common);
                }
            }
        }
        limit(both.size());
        return new JsonValues(
                hasNull && other.hasNull,
                hasTrue && other.hasTrue,
                hasFalse && other.hasFalse,
                and(numbers, other.numbers, Numbers.PLAIN, budget),
                both,
                products(objects, other.objects),
                products(arrays, other.arrays),
                isPart || other.isPart);
    }

    JsonValues or(JsonValues other, Budget budget) {
        if (this == NONE || other == ANY) {
            return other;
        }
        if (other == NONE || this == ANY) {
            return this;
        }
        var all = new ArrayList<>(strings);
        for (var theirs : other.strings) {
            if (!all.contains(theirs)) {
                all.add(theirs);
            }
        }
        limit(all.size());
        Dfa either;
        if (numbers == other.numbers || other.numbers.isEmpty() || numbers == Numbers.PLAIN) {
            either = numbers;
        } else if (numbers.isEmpty() || other.numbers == Numbers.PLAIN) {
            either = other.numbers;
        } else {
            either = numbers.or(other.numbers, budget);
        }
        return new JsonValues(
                hasNull || other.hasNull,
                hasTrue || other.hasTrue,
                hasFalse || other.hasFalse,
                either,
                all.contains(ANY_STRING) ? List.of(ANY_STRING) : List.copyOf(all),
                union(objects, other.objects),
                union(arrays, other.arrays),
                isPart || other.isPart);
    }

    /** Every alternative of one side together with every one of the other. */
    static List<List<JsonNode>> products(List<List<JsonNode>> a, List<List<JsonNode>> b) {
        var all = new ArrayList<List<JsonNode>>();
        limit((long) a.size() * b.size());
        for (var mine : a) {
            for (var theirs : b) {
                var both = new ArrayList<>(mine);
                for (var schema : theirs) {
                    if (both.stream().noneMatch(known -> known == schema)) {
                        both.add(schema);
                    }
                }
                all.add(List.copyOf(both));
            }
        }
        return List.copyOf(all);
    }

    static List<List<JsonNode>> union(List<List<JsonNode>> a, List<List<JsonNode>> b) {
        if (a.stream().anyMatch(List::isEmpty) || b.stream().anyMatch(List::isEmpty)) {
            return List.of(List.of()); // one alternative asks for nothing
        }
        var all = new ArrayList<>(a);
        for (var alternative : b) {
            if (all.stream().noneMatch(known -> isSame(known, alternative))) {
                all.add(alternative);
            }
        }
        limit(all.size());
        return List.copyOf(all);
    }

    private static boolean isSame(List<JsonNode> a, List<JsonNode> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (a.get(i) != b.get(i)) {
                return false;
            }
        }
        return true;
    }

    private static void limit(long alternatives) {
        if (alternatives > Budget.ALTERNATIVES_MAX) {
            throw GrammarException.limit(
                    "anyOf, oneOf, if and dependencies multiply out to more than %d alternatives; use fewer together"
                            .formatted(Budget.ALTERNATIVES_MAX));
        }
    }

    boolean hasString(String text) {
        return strings.stream().anyMatch(some -> some.has(text));
    }

    /** All strings as one automaton. */
    Dfa stringsWhole(Budget budget) {
        var all = NO_NUMBERS;
        for (var some : strings) {
            all = all.isEmpty() ? some.whole(budget) : all.or(some.whole(budget), budget);
        }
        return all;
    }

    /** Whether there is no null, boolean, number or string. */
    boolean hasNoScalar(Budget budget) {
        return !hasNull
                && !hasTrue
                && !hasFalse
                && numbers.isEmpty()
                && strings.stream().allMatch(some -> some.isEmpty(budget));
    }
}
