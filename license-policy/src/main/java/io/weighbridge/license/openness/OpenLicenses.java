package io.weighbridge.license.openness;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which license ids count as open, and for which kind of work each is made. Ids are compared letter by letter. */
public final class OpenLicenses {
    private final Set<String> all = new HashSet<>();
    private final Map<Component.Type, Set<String>> byType = new EnumMap<>(Component.Type.class);

    OpenLicenses(Set<String> software, Set<String> data, Set<String> document, Set<String> any) {
        byType.put(Component.Type.CODE, union(software, any));
        byType.put(Component.Type.DATA, union(data, any));
        byType.put(Component.Type.DOCUMENT, union(document, any));
        byType.values().forEach(all::addAll);
    }

    /** True for a license on any of the lists. A name that only looks like an id is not one. */
    public boolean isOpen(String license) {
        return all.contains(license);
    }

    /** True when the license is made for this kind of work. */
    public boolean suits(String license, Component.Type type) {
        return byType.getOrDefault(type, Set.of()).contains(license);
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        var both = new HashSet<>(some);
        both.addAll(others);
        return Set.copyOf(both);
    }
}
