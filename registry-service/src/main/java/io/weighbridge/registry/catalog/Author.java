package io.weighbridge.registry.catalog;

/** Who or what brought a change. */
public record Author(Source source, String name) {
    /** Longest name. */
    public static final int NAME_LENGTH_MAX = 200;

    /** Ways in which changes come. */
    public enum Source {
        /** A catalog file, shipped or the operator's. */
        CATALOG,
        /** The files of a pulled checkpoint. */
        PULL,
        /** A person or program that called the registry. */
        API
    }

    public static final Author PULL = new Author(Source.PULL, "pull");

    public Author {
        name = name.strip();
        if (name.isEmpty() || name.length() > NAME_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a name has 1 to %d characters, this has %d".formatted(NAME_LENGTH_MAX, name.length()));
        }
    }

    public static Author catalog(String name) {
        return new Author(Source.CATALOG, name);
    }

    public static Author api(String name) {
        return new Author(Source.API, name);
    }
}
