package io.weighbridge.registry.catalog;

import org.jspecify.annotations.Nullable;

/**
 * What somebody says a model's license is, in the words of model cards and GGUF files.
 *
 * @param license the tag, such as {@code apache-2.0} or {@code other}
 * @param name the license's own name, for tags that say little
 * @param link where its text can be read
 */
public record Declaration(
        String license, @Nullable String name, @Nullable String link) {
    /** Longest tag or name. */
    public static final int NAME_LENGTH_MAX = 200;

    /** Longest link. */
    public static final int LINK_LENGTH_MAX = 2_000;

    public Declaration {
        license = license.strip();
        if (license.isEmpty()) {
            throw new IllegalArgumentException("a license record says what the publisher declares, if only 'unknown'");
        }
        Texts.require("the declared license", license, NAME_LENGTH_MAX);
        Texts.require("the license's name", name, NAME_LENGTH_MAX);
        Texts.require("the license's link", link, LINK_LENGTH_MAX);
    }

    public static Declaration of(String license) {
        return new Declaration(license, null, null);
    }

    /** One word for people: the name where the tag says nothing by itself. */
    public String shown() {
        return name != null && (license.equalsIgnoreCase("other") || license.equalsIgnoreCase("unknown"))
                ? name
                : license;
    }
}
