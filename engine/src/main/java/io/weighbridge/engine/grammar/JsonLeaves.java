package io.weighbridge.engine.grammar;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The regular leaves that all JSON has in common. Shared by every grammar, so that their masks are. Thread-safe. */
final class JsonLeaves {
    /** Most spaces after a line break. */
    static final int INDENT_MAX = 16;

    /** Strings longer than this are counted in blocks of this many characters. */
    static final int BLOCK_LENGTH = 128;

    /**
     * What may stand between the parts of a document: nothing, a space, or one line break and spaces up to {@link
     * #INDENT_MAX}. Bounded, so that a model cannot write spaces forever.
     */
    private static final Regex SPACE = Regex.optional(
            Regex.or(Regex.text(" "), Regex.cat(Regex.text("\n"), Regex.times(Regex.text(" "), 0, INDENT_MAX))));

    private static final Regex HEX = Regex.chars('0', '9', 'A', 'F', 'a', 'f');

    /** One character of a string in every way it may be written, but no half surrogate pair. */
    private static final Regex CHARACTER = Regex.or(
            new Regex.Chars(Utf8.JSON_RAW),
            Regex.cat(
                    Regex.text("\\"),
                    Regex.or(
                            new Regex.Chars(CharSet.ofChars("\"\\/bfnrt")),
                            Regex.cat(
                                    Regex.text("u"),
                                    Regex.or(
                                            Regex.cat(
                                                    Regex.chars('0', '9', 'A', 'C', 'a', 'c', 'E', 'F', 'e', 'f'),
                                                    Regex.times(HEX, 3, 3)),
                                            Regex.cat(
                                                    Regex.chars('D', 'D', 'd', 'd'),
                                                    Regex.chars('0', '7'),
                                                    Regex.times(HEX, 2, 2)),
                                            surrogatePair())))));

    /** By name; there are as many as {@link #BLOCK_LENGTH} counts, twice, and a few. */
    private static final Map<String, Node.Leaf> LEAVES = new ConcurrentHashMap<>();

    private static final Map<String, Node.Leaf> AUTOMATA = new ConcurrentHashMap<>();

    private JsonLeaves() {}

    private static Regex surrogatePair() {
        var d = Regex.chars('D', 'D', 'd', 'd');
        return Regex.cat(
                d,
                Regex.chars('8', '9', 'A', 'B', 'a', 'b'),
                Regex.times(HEX, 2, 2),
                Regex.text("\\u"),
                d,
                Regex.chars('C', 'F', 'c', 'f'),
                Regex.times(HEX, 2, 2));
    }

    private static Node leaf(String name, Regex regex) {
        return LEAVES.computeIfAbsent(name, _ -> made(regex));
    }

    private static Node.Leaf made(Regex regex) {
        var budget = new Budget();
        return new Node.Leaf(ByteDfa.utf8(Dfa.of(regex, budget), budget), 0, null);
    }

    /** A fixed text, with space after it. */
    static Node punctuation(String text) {
        return leaf("after " + text, Regex.cat(Regex.text(text), SPACE));
    }

    /** A closing bracket, with space before it. */
    static Node closing(String text) {
        return leaf("before " + text, Regex.cat(SPACE, Regex.text(text)));
    }

    static Node number() {
        return leaf("number", Numbers.WRITTEN);
    }

    static Node integer() {
        return leaf("integer", Numbers.WRITTEN_INTEGER);
    }

    /** A string without bounds, quotes included. */
    static Node string() {
        return leaf("string", Regex.cat(Regex.text("\""), Regex.star(CHARACTER), Regex.text("\"")));
    }

    /** Exactly so many characters of a string, at most {@link #BLOCK_LENGTH}, without quotes. */
    static Node characters(int count) {
        return from("characters", Regex.times(CHARACTER, BLOCK_LENGTH, BLOCK_LENGTH), count);
    }

    /**
     * The end of a string: at most so many characters, up to {@link #BLOCK_LENGTH}, and the quote. With the quote inside, few tokens leave
     * the leaf.
     */
    static Node ending(int max) {
        return from("ending", Regex.cat(Regex.times(CHARACTER, 0, BLOCK_LENGTH), Regex.text("\"")), max);
    }

    /** The automaton for the longest count from where {@code count} is left: so all counts have one automaton and its masks. */
    private static Node from(String name, Regex longest, int count) {
        return LEAVES.computeIfAbsent(name + " " + count, _ -> {
            var dfa = AUTOMATA.computeIfAbsent(name, _ -> made(longest)).dfa();
            int state = 0;
            for (int i = BLOCK_LENGTH; i > count; i--) {
                state = dfa.next(state, 'a');
            }
            return new Node.Leaf(dfa, state, null);
        });
    }

    /** The end of a string: any number of characters and the quote. */
    static Node ending() {
        return leaf("ending", Regex.cat(Regex.star(CHARACTER), Regex.text("\"")));
    }
}
