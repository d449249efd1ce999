package io.weighbridge.registry.catalog;

import io.weighbridge.license.policy.Relation;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** What a model was made from, and how. The other model need not be in the catalog. */
public record Origin(ModelRef model, Relation relation) {
    /** Most models that one was made from directly. Merges of some dozens are known. */
    public static final int ORIGINS_MAX = 64;

    /** As files and messages spell the relation. */
    public String word() {
        return relation.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Throws when there are too many or one is listed twice with the same relation. */
    static List<Origin> requireFew(List<Origin> origins) {
        if (origins.size() > ORIGINS_MAX) {
            throw new IllegalArgumentException(
                    "made from %d models directly, the limit is %d".formatted(origins.size(), ORIGINS_MAX));
        }
        var seen = new HashSet<Origin>();
        for (var origin : origins) {
            if (!seen.add(origin)) {
                throw new IllegalArgumentException("made from %s (%s) twice".formatted(origin.model(), origin.word()));
            }
        }
        return List.copyOf(origins);
    }
}
