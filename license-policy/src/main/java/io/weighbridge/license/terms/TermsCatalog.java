package io.weighbridge.license.terms;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All terms we can read, by key, license id and alias. Immutable. */
public final class TermsCatalog {
    private final List<Terms> all;
    private final Map<String, Terms> byName;
    private final String digest;

    /** {@code digest} names the whole catalog in receipts. */
    public TermsCatalog(Collection<Terms> all, String digest) {
        this.all = List.copyOf(all);
        this.digest = digest;
        var index = new HashMap<String, Terms>();
        for (var terms : this.all) {
            put(index, terms.id(), terms);
            if (!terms.key().equals(terms.id())) {
                put(index, terms.key(), terms);
            }
            terms.aliases().forEach(alias -> put(index, alias, terms));
        }
        this.byName = Map.copyOf(index);
    }

    /** The terms of the license with this key, id or alias, or null when we have not read that license. */
    public @Nullable Terms find(String license) {
        return byName.get(license);
    }

    public List<Terms> all() {
        return all;
    }

    /** {@code sha256:} and hex over the digests of all files. */
    public String digest() {
        return digest;
    }

    /** This catalog with {@code changed} in place of the terms of the same id, or added. */
    public TermsCatalog with(Terms changed, String newDigest) {
        var others = all.stream().filter(terms -> !terms.id().equals(changed.id()));
        return new TermsCatalog(
                java.util.stream.Stream.concat(others, java.util.stream.Stream.of(changed))
                        .toList(),
                newDigest);
    }

    private static void put(Map<String, Terms> index, String name, Terms terms) {
        if (index.put(name, terms) != null) {
            throw new IllegalArgumentException("two terms answer to the license " + name);
        }
    }
}
