package io.weighbridge.registry.licensing;

import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseHistory;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Weighs what is claimed about the licenses of models against the terms that we have read. Immutable. */
public final class Licenses {
    /** Words that name no license. */
    private static final Set<String> UNSPECIFIC = Set.of("other", "unknown", "unlicensed", "custom", "none");

    private final TermsCatalog terms;

    public Licenses(TermsCatalog terms) {
        this.terms = terms;
    }

    public TermsCatalog terms() {
        return terms;
    }

    /**
     * What is known about a license at present.
     *
     * @param conflict two claims name different licenses and nobody has concluded since; such a model is never routed
     * @param reasons why there is a conflict, in sentences
     */
    public record Standing(
            Declaration declared,
            @Nullable String detected,
            @Nullable String concluded,
            boolean conflict,
            List<String> reasons,
            @Nullable String textDigest) {
        public LicenseClaim claim() {
            return new LicenseClaim(declared.shown(), detected, concluded, conflict);
        }
    }

    public Standing standing(LicenseHistory history) {
        var conclusion = history.conclusion();
        var decision = history.concluded();
        var reasons = conclusion == null || decision == null
                ? disagreement(history)
                : contradiction(history, history.until(conclusion.version()), decision.license());
        return new Standing(
                history.declared(),
                history.detected().shown(),
                decision == null ? null : decision.license(),
                !reasons.isEmpty(),
                reasons,
                decision == null ? null : decision.textDigest());
    }

    /** The terms of a license by id, key or alias, or null. */
    public @Nullable Terms find(String license) {
        return terms.find(license.strip());
    }

    /**
     * The entry with its conclusion by the id of the terms.
     *
     * @throws IllegalArgumentException when there are no terms of that license
     */
    public CatalogEntry resolved(CatalogEntry entry) {
        var conclusion = entry.concluded();
        if (conclusion == null) {
            return entry;
        }
        var known = find(conclusion.license());
        if (known == null) {
            throw new IllegalArgumentException(
                    "the catalog entry of %s concludes the license '%s', whose terms have not been recorded; %s"
                            .formatted(entry.id(), conclusion.license(), hint(conclusion.license())));
        }
        return entry.with(new CatalogEntry.Conclusion(known.id(), conclusion.reviewer(), conclusion.reason()));
    }

    /** The digest of the text of {@code terms} among what was detected, or null when it was not found there. */
    public @Nullable String textDigest(Detection detected, Terms known) {
        return detected.texts().stream()
                .filter(text -> text.key() != null && !text.policy() && known.equals(find(text.key())))
                .map(Detection.Text::textDigest)
                .findFirst()
                .orElse(null);
    }

    /** What to tell somebody who named a license that has no terms. */
    public String hint(String license) {
        var wanted = LicenseNames.normal(license);
        var near = new TreeSet<String>();
        for (var known : terms.all()) {
            for (var name : List.of(known.id(), known.key())) {
                var normal = LicenseNames.normal(name);
                if (!wanted.isEmpty() && (normal.contains(wanted) || wanted.contains(normal))) {
                    near.add(known.id());
                }
            }
        }
        return near.isEmpty()
                ? "GET /api/v1/licenses lists the licenses whose terms have been recorded"
                : "did you mean %s? GET /api/v1/licenses lists all".formatted(String.join(" or ", near));
    }

    /** Two claims that name different licenses. */
    private List<String> disagreement(LicenseHistory history) {
        var claims = claims(history);
        return claims.size() < 2
                ? List.of()
                : List.of("the claims name different licenses: " + String.join(", ", claims));
    }

    /** Claims that came after the conclusion and are for another license. */
    private List<String> contradiction(LicenseHistory now, LicenseHistory then, String concluded) {
        var claims = claims(now);
        claims.removeAll(claims(then));
        claims.remove(meaning(concluded));
        return claims.isEmpty()
                ? List.of()
                : List.of("%s was concluded before anything named %s".formatted(concluded, String.join(", ", claims)));
    }

    private Set<String> claims(LicenseHistory history) {
        var claims = new LinkedHashSet<String>();
        add(claims, history.declared());
        var detected = history.detected();
        if (detected.metadata() != null) {
            add(claims, detected.metadata());
        }
        for (var text : detected.texts()) {
            if (!text.policy()) {
                claims.add(text.key() == null ? "the text " + text.textDigest() : meaning(text.key()));
            }
        }
        return claims;
    }

    private void add(Set<String> claims, Declaration declaration) {
        for (var name : new String[] {declaration.license(), declaration.name()}) {
            if (name != null && !UNSPECIFIC.contains(name.strip().toLowerCase(Locale.ROOT))) {
                claims.add(meaning(name));
            }
        }
    }

    /** One spelling for all names of a license. */
    private String meaning(String name) {
        var known = terms.find(name.strip());
        return LicenseNames.normal(known == null ? name : known.id());
    }
}
