package io.weighbridge.registry.catalog;

import java.util.regex.Pattern;

/**
 * The name of a model in the catalog.
 *
 * <pre>
 *   model-ref  := owner "/" name
 *   owner,name := word { word | "-" | "." }    1 to 96 characters; word: a letter, a digit or "_"
 * </pre>
 */
public record ModelRef(String owner, String name) implements Comparable<ModelRef> {
    /** Longest owner or name, the hub's own limit. */
    public static final int PART_LENGTH_MAX = 96;

    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0," + (PART_LENGTH_MAX - 1) + "}");

    public ModelRef {
        if (!PART.matcher(owner).matches() || !PART.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "not a model: '%s/%s' (want owner/name, letters, digits, '_', '-', '.', at most %d characters each)"
                            .formatted(abbreviated(owner), abbreviated(name), PART_LENGTH_MAX));
        }
    }

    /** Parses {@code owner/name}, or throws naming what was wrong with it. */
    public static ModelRef parse(String text) {
        var slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("not a model: '%s' (want owner/name)".formatted(abbreviated(text)));
        }
        return new ModelRef(text.substring(0, slash), text.substring(slash + 1));
    }

    private static String abbreviated(String text) {
        return text.length() <= PART_LENGTH_MAX ? text : text.substring(0, PART_LENGTH_MAX) + "...";
    }

    @Override
    public int compareTo(ModelRef other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return owner + "/" + name;
    }
}
