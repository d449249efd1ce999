package io.weighbridge.license.text;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What publishers write where a license should be named, and which licenses that can mean. A name is a claim, never a
 * license: several licenses go by one name, and a card can name any.
 *
 * @param unspecific words that say nothing, as "other"
 * @param names license tags, license names, SPDX ids and references, each with the keys it can mean
 * @param links parts of addresses that stewards publish a license at, each with the keys it can mean
 * @param attached licenses that are another license plus a use policy
 */
public record ClaimNames(
        Set<String> unspecific,
        Map<String, Set<String>> names,
        Map<String, Set<String>> links,
        List<Attached> attached) {
    /** A key that stands for the license of another key together with a policy document. */
    public record Attached(String key, String license, String policy) {}

    public ClaimNames {
        unspecific = Set.copyOf(unspecific);
        names = folded(names);
        links = Map.copyOf(links);
        attached = List.copyOf(attached);
    }

    /** True for a word that names no license. */
    boolean saysNothing(String name) {
        var folded = fold(name);
        return folded.isEmpty() || unspecific.contains(folded);
    }

    /** The keys that {@code name} can mean; empty when we do not know it. */
    Set<String> named(String name) {
        return names.getOrDefault(fold(name), Set.of());
    }

    /** The keys whose text {@code link} leads to; empty for a link that says nothing by itself, as one to a LICENSE file. */
    Set<String> linked(String link) {
        var lower = link.toLowerCase(Locale.ROOT);
        return links.entrySet().stream()
                .filter(entry -> lower.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(Set.of());
    }

    private static Map<String, Set<String>> folded(Map<String, Set<String>> names) {
        var folded = new HashMap<String, Set<String>>();
        names.forEach((name, keys) -> folded.put(fold(name), Set.copyOf(keys)));
        return Map.copyOf(folded);
    }

    private static String fold(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_]+", "-");
    }
}
