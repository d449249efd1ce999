package io.weighbridge.engine.grammar;

import java.util.List;

/** A regular expression as a tree. {@link Dfa#of} makes an automaton of it. */
sealed interface Regex {
    /** The empty text. */
    Regex EMPTY = new Cat(List.of());

    /** No bound on a repetition. */
    int UNBOUNDED = Integer.MAX_VALUE;

    /** One code point of a set. */
    record Chars(CharSet set) implements Regex {}

    /** One after the other. */
    record Cat(List<Regex> parts) implements Regex {}

    /** One of them. */
    record Or(List<Regex> parts) implements Regex {}

    /** {@code min} to {@code max} of it, one after the other. */
    record Rep(Regex body, int min, int max) implements Regex {}

    /** Holds only at the beginning of the text. */
    record Begin() implements Regex {}

    /** Holds only at the end of the text. */
    record End() implements Regex {}

    static Regex chars(int... pairs) {
        return new Chars(CharSet.of(pairs));
    }

    static Regex text(String text) {
        return new Cat(text.codePoints()
                .<Regex>mapToObj(c -> new Chars(CharSet.of(c, c)))
                .toList());
    }

    static Regex cat(Regex... parts) {
        return new Cat(List.of(parts));
    }

    static Regex or(Regex... parts) {
        return new Or(List.of(parts));
    }

    static Regex star(Regex body) {
        return new Rep(body, 0, UNBOUNDED);
    }

    static Regex plus(Regex body) {
        return new Rep(body, 1, UNBOUNDED);
    }

    static Regex optional(Regex body) {
        return new Rep(body, 0, 1);
    }

    static Regex times(Regex body, int min, int max) {
        return new Rep(body, min, max);
    }
}
