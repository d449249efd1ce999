package io.weighbridge.engine.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads context-free grammars as GBNF writes them. The rule {@code root} is the start; what is regular becomes leaves.
 *
 * <pre>
 *   rule     := name "::=" sequence { "|" sequence }
 *   sequence := { item [ "*" | "+" | "?" | "{" min [ "," [ max ] ] "}" ] }
 *   item     := name | "text" | [class] | "." | "(" sequence { "|" sequence } ")"
 * </pre>
 *
 * A comment goes from {@code #} to the end of the line. Texts and classes know the escapes {@code \n \r \t \\ \" \[ \] \xHH
 * \\uHHHH \UHHHHHHHH}. A rule must not begin with itself.
 */
final class EbnfParser {
    /** Most rules of a grammar. */
    static final int RULES_MAX = 2_000;

    /** Largest counted repetition of what is not regular or may be empty. */
    static final int REPEAT_MAX = 1_000;

    /** Largest regular expression, in its parts with repetitions written out, that becomes one leaf. */
    static final int LEAF_SIZE_MAX = 2_000;

    /** A part of a rule. */
    private sealed interface Part {
        /** One code point of a set. */
        record Chars(CharSet set) implements Part {}

        /** Another rule. */
        record Name(String name) implements Part {}

        /** One after the other. */
        record Cat(List<Part> parts) implements Part {}

        /** One of them. */
        record Or(List<Part> parts) implements Part {}

        /** A repetition. */
        record Rep(Part body, int min, int max) implements Part {}
    }

    private final String text;
    private final Budget budget = new Budget();
    private final Map<String, Part> rules = new LinkedHashMap<>();
    private final Map<String, Node.Ref> nodes = new HashMap<>();
    private final Map<String, Regex> regular = new HashMap<>();
    private final Set<String> notRegular = new HashSet<>();
    private int at;
    private int depth;

    private EbnfParser(String text) {
        this.text = text;
    }

    static Node parse(String text) {
        Budget.source(text);
        var parser = new EbnfParser(text);
        parser.rules();
        return parser.build();
    }

    // Reading.

    private void rules() {
        space(true);
        while (at < text.length()) {
            var name = name();
            space(false);
            if (!text.startsWith("::=", at)) {
                throw error("'::=' is missing after the rule's name");
            }
            at += 3;
            space(true);
            if (rules.put(name, alternatives(false)) != null) {
                throw error("the rule '%s' is there twice".formatted(name));
            }
            if (rules.size() > RULES_MAX) {
                throw GrammarException.limit("the grammar has more than %d rules".formatted(RULES_MAX));
            }
            space(true);
        }
        if (!rules.containsKey("root")) {
            throw GrammarException.syntax("the grammar has no rule 'root' to start with");
        }
    }

    private void space(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private String name() {
        int start = at;
        while (at < text.length() && isNameCharacter(text.charAt(at))) {
            at++;
        }
        if (start == at) {
            throw error("a rule's name is missing");
        }
        return text.substring(start, at);
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    private Part alternatives(boolean nested) {
        if (++depth > Budget.PATTERN_DEPTH_MAX) {
            throw GrammarException.limit("the grammar nests brackets deeper than " + Budget.PATTERN_DEPTH_MAX);
        }
        var options = new ArrayList<Part>();
        options.add(sequence(nested));
        while (at < text.length() && text.charAt(at) == '|') {
            at++;
            space(true);
            options.add(sequence(nested));
        }
        depth--;
        return options.size() == 1 ? options.getFirst() : new Part.Or(options);
    }

    private Part sequence(boolean nested) {
        var parts = new ArrayList<Part>();
        while (at < text.length()) {
            int before = at;
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                parts.add(repeated(literal()));
            } else if (c == '[') {
                at++;
                parts.add(repeated(new Part.Chars(charClass())));
            } else if (c == '.') {
                at++;
                parts.add(repeated(new Part.Chars(CharSet.ANY)));
            } else if (c == '(') {
                at++;
                space(true);
                var inside = alternatives(true);
                expect(')');
                parts.add(repeated(inside));
            } else if (isNameCharacter(c)) {
                var name = name();
                space(false);
                if (text.startsWith("::=", at)) { // the next rule
                    at = before;
                    break;
                }
                parts.add(repeated(new Part.Name(name)));
            } else {
                break;
            }
            // A rule ends at its line, except inside brackets or where the next line goes on with '|'.
            space(true);
        }
        if (!nested && at < text.length() && text.charAt(at) == ')') {
            throw error("')' without '('");
        }
        return parts.size() == 1 ? parts.getFirst() : new Part.Cat(parts);
    }

    private Part repeated(Part part) {
        var all = part;
        while (true) {
            space(false);
            char c = at < text.length() ? text.charAt(at) : 0;
            if (c == '*') {
                all = new Part.Rep(all, 0, Regex.UNBOUNDED);
            } else if (c == '+') {
                all = new Part.Rep(all, 1, Regex.UNBOUNDED);
            } else if (c == '?') {
                all = new Part.Rep(all, 0, 1);
            } else if (c == '{') {
                at++;
                int min = number();
                int max = min;
                space(false);
                if (at < text.length() && text.charAt(at) == ',') {
                    at++;
                    space(false);
                    max = at < text.length() && text.charAt(at) == '}' ? Regex.UNBOUNDED : number();
                }
                space(false);
                if (at >= text.length() || text.charAt(at) != '}' || max < min) {
                    throw error("a repetition is written {min}, {min,} or {min,max}");
                }
                all = new Part.Rep(all, min, max);
            } else {
                return all;
            }
            at++;
        }
    }

    private int number() {
        space(false);
        int start = at;
        while (at < text.length() && Character.isDigit(text.charAt(at)) && at - start < 9) {
            at++;
        }
        if (start == at) {
            throw error("a number is missing");
        }
        return Integer.parseInt(text, start, at, 10);
    }

    private void expect(char c) {
        space(true);
        if (at >= text.length() || text.charAt(at) != c) {
            throw error("'" + c + "' is missing");
        }
        at++;
    }

    private Part literal() {
        var parts = new ArrayList<Part>();
        while (true) {
            if (at >= text.length()) {
                throw error("'\"' is missing");
            }
            if (text.charAt(at) == '"') {
                at++;
                return parts.size() == 1 ? parts.getFirst() : new Part.Cat(parts);
            }
            int c = character();
            parts.add(new Part.Chars(CharSet.of(c, c)));
        }
    }

    private CharSet charClass() {
        boolean negated = at < text.length() && text.charAt(at) == '^';
        if (negated) {
            at++;
        }
        var set = CharSet.NONE;
        while (at < text.length() && text.charAt(at) != ']') {
            int low = character();
            int high = low;
            if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                at++;
                high = character();
            }
            if (high < low) {
                throw error("a range out of order");
            }
            set = set.or(CharSet.of(low, high).and(CharSet.ANY));
        }
        expect(']');
        return negated ? set.not() : set;
    }

    private int character() {
        if (at >= text.length()) {
            throw error("the grammar ends inside a text or a class");
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\') {
            return c;
        }
        char escape = at < text.length() ? text.charAt(at++) : 0;
        return switch (escape) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '\\', '"', '[', ']', '-', '^' -> escape;
            case 'x' -> hexadecimal(2);
            case 'u' -> hexadecimal(4);
            case 'U' -> hexadecimal(8);
            default -> throw error("an unknown escape");
        };
    }

    private int hexadecimal(int digits) {
        if (at + digits <= text.length()) {
            try {
                int c = Integer.parseInt(text, at, at + digits, 16);
                if (c >= 0 && c <= CharSet.CODE_POINT_MAX && (c < 0xD800 || c > 0xDFFF)) {
                    at += digits;
                    return c;
                }
            } catch (NumberFormatException e) {
                throw error("%d hexadecimal digits expected".formatted(digits));
            }
        }
        throw error("%d hexadecimal digits of a character expected".formatted(digits));
    }

    private GrammarException error(String what) {
        int end = Math.min(at, text.length());
        long line = text.substring(0, end).chars().filter(c -> c == '\n').count() + 1;
        return GrammarException.syntax("grammar, line %d: %s".formatted(line, what));
    }

    // Building.

    private Node build() {
        // Rules that are used by others come first where that is possible; recursion is found by being asked for again.
        var root = reference("root");
        for (var name : List.copyOf(rules.keySet())) {
            reference(name);
        }
        for (var entry : nodes.entrySet()) {
            entry.getValue().set(node(part(entry.getKey())));
        }
        return root;
    }

    private Part part(String name) {
        var part = rules.get(name);
        if (part == null) {
            throw GrammarException.syntax("the grammar uses the rule '%s' but does not define it".formatted(name));
        }
        return part;
    }

    private Node reference(String name) {
        part(name);
        return nodes.computeIfAbsent(name, _ -> {
            budget.node();
            return new Node.Ref();
        });
    }

    private Node node(Part part) {
        var regex = regex(part, new HashSet<>());
        if (regex != null && size(regex) <= LEAF_SIZE_MAX) {
            budget.node();
            return Node.leaf(ByteDfa.utf8(Dfa.of(regex, budget), budget));
        }
        return switch (part) {
            case Part.Chars(var set) -> Node.leaf(ByteDfa.utf8(Dfa.of(new Regex.Chars(set), budget), budget));
            case Part.Name(var name) -> reference(name);
            case Part.Cat(var parts) -> sequence(parts);
            case Part.Or(var parts) -> {
                var options = new ArrayList<Node>();
                parts.forEach(option -> options.add(node(option)));
                yield Node.choice(budget, options);
            }
            case Part.Rep(var body, int min, int max) -> {
                if ((max != Regex.UNBOUNDED && max > REPEAT_MAX) || min > REPEAT_MAX) {
                    throw GrammarException.limit("a repetition of %d is too large; the limit is %d"
                            .formatted(max == Regex.UNBOUNDED ? min : max, REPEAT_MAX));
                }
                budget.node();
                yield new Node.Repeat(node(body), min, max);
            }
        };
    }

    /** Neighbors that are regular become one leaf together. */
    private Node sequence(List<Part> parts) {
        var made = new ArrayList<Node>();
        var together = new ArrayList<Part>();
        for (var part : parts) {
            var regex = regex(part, new HashSet<>());
            if (regex != null && size(regex) <= LEAF_SIZE_MAX / 4) {
                together.add(part);
                continue;
            }
            if (!together.isEmpty()) {
                made.add(node(new Part.Cat(List.copyOf(together))));
                together.clear();
            }
            made.add(node(part));
        }
        if (!together.isEmpty() && together.size() < parts.size()) {
            made.add(node(new Part.Cat(List.copyOf(together))));
        } else if (!together.isEmpty()) {
            together.forEach(part -> made.add(node(part)));
        }
        return Node.sequence(budget, made.toArray(Node[]::new));
    }

    /** The part as a regular expression; null if a rule in it is recursive or too large. */
    private @Nullable Regex regex(Part part, Set<String> open) {
        budget.tick();
        switch (part) {
            case Part.Chars(var set) -> {
                return new Regex.Chars(set);
            }
            case Part.Name(var name) -> {
                return regexOfRule(name, open);
            }
            case Part.Cat(var parts) -> {
                var all = regexes(parts, open);
                return all == null ? null : new Regex.Cat(all);
            }
            case Part.Or(var parts) -> {
                var all = regexes(parts, open);
                return all == null ? null : new Regex.Or(all);
            }
            case Part.Rep(var body, int min, int max) -> {
                var inside = regex(body, open);
                return inside == null ? null : new Regex.Rep(inside, min, max);
            }
        }
    }

    private @Nullable List<Regex> regexes(List<Part> parts, Set<String> open) {
        var all = new ArrayList<Regex>();
        for (var part : parts) {
            var regex = regex(part, open);
            if (regex == null) {
                return null;
            }
            all.add(regex);
        }
        return all;
    }

    private @Nullable Regex regexOfRule(String name, Set<String> open) {
        var known = regular.get(name);
        if (known != null) {
            return known;
        }
        if (notRegular.contains(name)) {
            return null;
        }
        if (!open.add(name)) {
            notRegular.add(name);
            return null;
        }
        var regex = regex(part(name), open);
        open.remove(name);
        if (regex == null || size(regex) > LEAF_SIZE_MAX / 4) {
            notRegular.add(name);
            return null;
        }
        regular.put(name, regex);
        return regex;
    }

    private static long size(Regex regex) {
        return switch (regex) {
            case Regex.Chars _, Regex.Begin _, Regex.End _ -> 1;
            case Regex.Cat(var parts) ->
                parts.stream().mapToLong(EbnfParser::size).sum();
            case Regex.Or(var parts) ->
                parts.stream().mapToLong(EbnfParser::size).sum();
            case Regex.Rep(var body, int min, int max) ->
                Math.min(1L << 40, size(body) * (max == Regex.UNBOUNDED ? min + 1L : Math.max(1, max)));
        };
    }
}
