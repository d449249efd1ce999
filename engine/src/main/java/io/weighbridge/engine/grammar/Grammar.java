package io.weighbridge.engine.grammar;

import java.util.Arrays;
import java.util.List;

/**
 * A language of texts, independent of any vocabulary: made from a JSON Schema, a regular expression, a list of choices or a
 * context-free grammar, and put together from others. Making and compiling one can take long: never on the engine's thread. What
 * cannot be made within the limits or exactly throws {@link GrammarException}. Immutable and thread-safe.
 */
public final class Grammar {
    private final Node root;

    private Grammar(Node root) {
        this.root = root;
    }

    /** The documents of a JSON Schema (2020-12), with properties in the schema's order. */
    public static Grammar jsonSchema(String schema) {
        return new Grammar(SchemaCompiler.compile(schema));
    }

    /** Every JSON object. */
    public static Grammar jsonObject() {
        return jsonSchema("{\"type\":\"object\"}");
    }

    /** The texts that a regular expression (ECMA-262) matches as a whole. */
    public static Grammar regex(String pattern) {
        var budget = new Budget();
        return new Grammar(Node.leaf(ByteDfa.utf8(Dfa.of(RegexParser.whole(pattern), budget), budget)));
    }

    /** The texts of a context-free grammar in GBNF, from its rule {@code root} on. */
    public static Grammar ebnf(String grammar) {
        return new Grammar(EbnfParser.parse(grammar));
    }

    /** One of these texts. */
    public static Grammar choice(List<String> texts) {
        if (texts.isEmpty()) {
            throw GrammarException.syntax("a choice needs at least one text");
        }
        if (texts.size() > Budget.ENUM_VALUES_MAX) {
            throw GrammarException.limit(
                    "a choice has %d texts; the limit is %d".formatted(texts.size(), Budget.ENUM_VALUES_MAX));
        }
        var budget = new Budget();
        return new Grammar(Node.leaf(ByteDfa.utf8(Dfa.ofTexts(texts, budget), budget)));
    }

    /** Exactly this text. */
    public static Grammar literal(String text) {
        Budget.source(text);
        return new Grammar(Node.literal(text, new Budget()));
    }

    /** Any text. */
    public static Grammar text() {
        return new Grammar(Node.leaf(ByteDfa.utf8(Dfa.ANY, new Budget())));
    }

    /** Any text that ends with {@code trigger} and has it nowhere before. */
    public static Grammar textUntil(String trigger) {
        requireTrigger(trigger);
        var budget = new Budget();
        var any = Regex.star(new Regex.Chars(CharSet.ANY));
        var found = Dfa.of(Regex.cat(any, Regex.text(trigger)), budget);
        var foundEarlier = Dfa.of(Regex.cat(any, Regex.text(trigger), new Regex.Chars(CharSet.ANY), any), budget);
        return new Grammar(Node.leaf(ByteDfa.utf8(found.minus(foundEarlier, budget), budget)));
    }

    /** Any text without {@code trigger} in it. */
    public static Grammar textWithout(String trigger) {
        requireTrigger(trigger);
        var budget = new Budget();
        var any = Regex.star(new Regex.Chars(CharSet.ANY));
        var found = Dfa.of(Regex.cat(any, Regex.text(trigger), any), budget);
        return new Grammar(Node.leaf(ByteDfa.utf8(Dfa.ANY.minus(found, budget), budget)));
    }

    private static void requireTrigger(String trigger) {
        if (trigger.isEmpty() || trigger.length() > Budget.PATTERN_LENGTH_MAX) {
            throw GrammarException.limit(
                    "a trigger has to have 1 to %d characters".formatted(Budget.PATTERN_LENGTH_MAX));
        }
    }

    /** One after the other. */
    public static Grammar sequence(Grammar... parts) {
        return new Grammar(Node.sequence(
                new Budget(), Arrays.stream(parts).map(part -> part.root).toArray(Node[]::new)));
    }

    /** One of them. */
    public static Grammar anyOf(List<Grammar> options) {
        if (options.isEmpty()) {
            throw GrammarException.syntax("a choice needs at least one option");
        }
        return new Grammar(Node.choice(
                new Budget(), options.stream().map(option -> option.root).toList()));
    }

    /** {@code min} or more of it, one after the other. */
    public static Grammar atLeast(int min, Grammar body) {
        return new Grammar(new Node.Repeat(body.root, min, Node.UNBOUNDED));
    }

    /** {@code min} to {@code max} of it, one after the other. */
    public static Grammar between(int min, int max, Grammar body) {
        if (min < 0 || max < min) {
            throw GrammarException.syntax("a repetition from %d to %d is none".formatted(min, max));
        }
        return new Grammar(new Node.Repeat(body.root, min, max));
    }

    /** This grammar over a vocabulary. Does all the work that can be done ahead; the rest is done as texts need it. */
    public CompiledGrammar compile(GrammarVocabulary vocabulary) {
        return new CompiledGrammar(root, vocabulary);
    }
}
