package io.weighbridge.license.terms;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All terms we can read, by license id and alias. Immutable. */
public final class TermsCatalog {
    private final List<Terms> all;
    private final Map<String, Terms> byId;

    public TermsCatalog(Collection<Terms> all) {
        this.all = List.copyOf(all);
        var index = new HashMap<String, Terms>();
        for (var terms : this.all) {
            put(index, terms.id(), terms);
            terms.aliases().forEach(alias -> put(index, alias, terms));
        }
        this.byId = Map.copyOf(index);
    }

    /** The terms of the license with this id, or null when we have not read that license. */
    public @Nullable Terms find(String licenseId) {
        return byId.get(licenseId);
    }

    public List<Terms> all() {
        return all;
    }

    private static void put(Map<String, Terms> index, String id, Terms terms) {
        if (index.put(id, terms) != null) {
            throw new IllegalArgumentException("two terms answer to the license id " + id);
        }
    }
}
