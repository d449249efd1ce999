package io.weighbridge.registry.licensing;

import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.text.ClaimNames;
import io.weighbridge.license.text.Claims;
import io.weighbridge.license.text.FingerprintReader;
import io.weighbridge.license.text.Match;
import io.weighbridge.license.text.TextFingerprint;
import io.weighbridge.license.text.TextFingerprint.Document;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseHistory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Weighs what is claimed about the licenses of models against the terms and texts that we have read. Immutable. */
public final class Licenses {
    private final TermsCatalog terms;
    private final Claims claims;
    private final Contradictions contradictions;
    private final LicenseFileReader files;
    private final Map<String, String> onlyTextDigests;

    public Licenses(TermsCatalog terms, ClaimNames publishers, Collection<TextFingerprint> fingerprints) {
        this.terms = terms;
        var names = withTerms(publishers, terms);
        this.claims = new Claims(names);
        this.contradictions = new Contradictions(names);
        this.files = new LicenseFileReader(fingerprints);
        this.onlyTextDigests = fingerprints.stream()
                .filter(print -> print.document() == Document.LICENSE)
                .collect(Collectors.groupingBy(
                        TextFingerprint::key, Collectors.mapping(TextFingerprint::digest, Collectors.toSet())))
                .entrySet()
                .stream()
                .filter(entry -> entry.getValue().size() == 1)
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().iterator().next()));
    }

    /** With all terms, names and texts that come with the policy module. */
    public static Licenses shipped() {
        return new Licenses(TermsReader.shipped(), FingerprintReader.shippedNames(), FingerprintReader.shipped());
    }

    public TermsCatalog terms() {
        return terms;
    }

    /** Reads the license files of checkpoints. */
    public LicenseFileReader files() {
        return files;
    }

    /**
     * What is known about a license at present.
     *
     * @param conflict two claims name different licenses and nobody has concluded since; such a model is never routed
     * @param reasons in sentences: why there is a conflict, or why the claims alone do not tell the license
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
        var declared = history.declared();
        var detected = history.detected().shown();
        if (conclusion == null || decision == null) {
            var resolution = resolve(history);
            return new Standing(declared, detected, null, resolution.conflict(), resolution.reasons(), null);
        }
        var known = terms.find(decision.license());
        var reasons = contradictions.since(
                history.until(conclusion.version()),
                history,
                decision.license(),
                known == null ? decision.license() : known.key());
        var digest = decision.textDigest() != null || known == null
                ? decision.textDigest()
                : onlyTextDigests.get(known.key());
        return new Standing(declared, detected, decision.license(), !reasons.isEmpty(), reasons, digest);
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

    /**
     * The digest of the text that a conclusion of {@code known} is about: the one found in the files, else the only text that we
     * know of that license; null when there are several or none.
     */
    public @Nullable String textDigest(Detection detected, Terms known) {
        return detected.texts().stream()
                .filter(text -> !text.policy() && known.key().equals(text.key()))
                .map(Detection.Text::textDigest)
                .findFirst()
                .orElse(onlyTextDigests.get(known.key()));
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

    private Claims.Resolution resolve(LicenseHistory history) {
        var declarations = new ArrayList<Claims.Declaration>();
        var declared = history.declared();
        declarations.add(Claims.Declaration.card(declared.license(), declared.name(), declared.link()));
        var metadata = history.detected().metadata();
        if (metadata != null) {
            declarations.add(Claims.Declaration.gguf(metadata.license(), metadata.name(), metadata.link()));
        }
        return claims.resolve(
                declarations,
                history.detected().texts().stream()
                        .map(text -> new Claims.Detection(text.path(), match(text)))
                        .toList());
    }

    private static Match match(Detection.Text text) {
        var key = text.key();
        return key == null
                ? new Match.None()
                : new Match.Exact(key, text.policy() ? Document.POLICY : Document.LICENSE, text.textDigest());
    }

    /** Publishers' names, and the key, id and aliases of all terms. */
    private static ClaimNames withTerms(ClaimNames publishers, TermsCatalog terms) {
        var names = new HashMap<String, Set<String>>(publishers.names());
        for (var known : terms.all()) {
            var own = new ArrayList<>(known.aliases());
            own.add(known.id());
            own.add(known.key());
            own.forEach(name -> names.putIfAbsent(LicenseNames.normal(name), Set.of(known.key())));
        }
        return new ClaimNames(publishers.unspecific(), names, publishers.links(), publishers.attached());
    }
}
