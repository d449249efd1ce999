package io.weighbridge.registry.licensing;

import io.weighbridge.license.text.ClaimNames;
import io.weighbridge.license.text.LicenseFiles;
import io.weighbridge.license.text.LicenseFiles.Component;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseHistory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Tells whether something was claimed after a conclusion that its reviewer did not see and that is for another license. A claim
 * that was there is settled by the conclusion, whatever it says.
 */
final class Contradictions {
    private final ClaimNames names;

    Contradictions(ClaimNames names) {
        this.names = names;
    }

    /**
     * What contradicts the conclusion, in sentences; empty if nothing does.
     *
     * @param then the history when the conclusion was drawn
     * @param key of the concluded license
     */
    List<String> since(LicenseHistory then, LicenseHistory now, String concluded, String key) {
        var found = new LinkedHashSet<String>();
        var seenNames = saidNames(then);
        for (var name : saidNames(now)) {
            if (!seenNames.contains(name)
                    && !names.unspecific().contains(name)
                    && !fits(names.names().getOrDefault(name, Set.of()), key)) {
                found.add("'%s' was named after %s had been concluded".formatted(name, concluded));
            }
        }
        var seenLinks = saidLinks(then);
        for (var link : saidLinks(now)) {
            var linked = linked(link);
            if (!seenLinks.contains(link) && !linked.isEmpty() && !fits(linked, key)) {
                found.add("%s was linked after %s had been concluded".formatted(link, concluded));
            }
        }
        var seenTexts = new HashSet<String>();
        then.detected().texts().forEach(text -> seenTexts.add(text.textDigest()));
        for (var text : now.detected().texts()) {
            if (!seenTexts.contains(text.textDigest()) && counts(text) && !fits(text, key)) {
                found.add("%s (%s) was found after %s had been concluded"
                        .formatted(
                                text.path(),
                                text.key() == null ? "a text that we have not read" : text.key(),
                                concluded));
            }
        }
        return List.copyOf(found);
    }

    private boolean fits(Detection.Text text, String key) {
        var found = text.key();
        if (found == null) {
            return false;
        }
        return text.policy()
                ? found.equals(key)
                        || names.attached().stream()
                                .anyMatch(one ->
                                        one.key().equals(key) && one.policy().equals(found))
                : fits(Set.of(found), key);
    }

    /** Whether a claim that can mean {@code keys} can mean the license {@code key}, or the one that a policy is attached to. */
    private boolean fits(Set<String> keys, String key) {
        return keys.contains(key)
                || names.attached().stream().anyMatch(one -> one.key().equals(key) && keys.contains(one.license()));
    }

    private static boolean counts(Detection.Text text) {
        var component = LicenseFiles.component(text.path());
        return component != Component.CODE && component != Component.DATA;
    }

    private Set<String> linked(String link) {
        var lower = link.toLowerCase(Locale.ROOT);
        return names.links().entrySet().stream()
                .filter(entry -> lower.contains(entry.getKey()))
                .findFirst()
                .map(java.util.Map.Entry::getValue)
                .orElse(Set.of());
    }

    private static Set<String> saidNames(LicenseHistory history) {
        var said = new LinkedHashSet<String>();
        for (var declaration : declarations(history)) {
            said.add(LicenseNames.normal(declaration.license()));
            var name = declaration.name();
            if (name != null) {
                said.add(LicenseNames.normal(name));
            }
        }
        return said;
    }

    private static Set<String> saidLinks(LicenseHistory history) {
        var said = new LinkedHashSet<String>();
        for (var declaration : declarations(history)) {
            var link = declaration.link();
            if (link != null) {
                said.add(link);
            }
        }
        return said;
    }

    private static List<Declaration> declarations(LicenseHistory history) {
        var declarations = new ArrayList<Declaration>();
        declarations.add(history.declared());
        var metadata = history.detected().metadata();
        if (metadata != null) {
            declarations.add(metadata);
        }
        return declarations;
    }
}
