package io.weighbridge.license.text;

import io.weighbridge.license.text.TextFingerprint.Document;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Weighs what is said about a model's license against what its files say. Stateless but for its names.
 *
 * <p>Said: a model card ({@code license}, {@code license_name}, {@code license_link}) or a GGUF file ({@code
 * general.license}, {@code general.license.name}, {@code general.license.link}). Found: the matches of the license files.
 * Neither outranks the other; where they differ the answer is a conflict, which only a reviewer ends.
 */
public final class Claims {
    /** Most clauses of a near text that a reason quotes; the match has all of them. */
    public static final int CLAUSES_QUOTED_MAX = 10;

    /** Most characters of a clause that a reason quotes. */
    public static final int QUOTE_CHARS_MAX = 300;

    private final ClaimNames names;

    public Claims(ClaimNames names) {
        this.names = names;
    }

    /** What one place says. A list of licenses does not say which one holds for the weights, so it is ambiguous. */
    public record Declaration(
            String source,
            List<String> licenses,
            @Nullable String name,
            @Nullable String link) {
        public Declaration {
            licenses = List.copyOf(licenses);
        }

        /** A model card's metadata. */
        public static Declaration card(@Nullable String license, @Nullable String name, @Nullable String link) {
            return new Declaration("card", license == null ? List.of() : List.of(license), name, link);
        }

        /** A GGUF file's metadata. */
        public static Declaration gguf(@Nullable String license, @Nullable String name, @Nullable String link) {
            return new Declaration("gguf", license == null ? List.of() : List.of(license), name, link);
        }
    }

    /** What one file of the checkpoint is. */
    public record Detection(String file, Match match) {}

    /** How declared and detected stand to each other. */
    public enum Standing {
        /** Both name the same license. */
        AGREED,
        /** The files name a license and nothing said is against it. */
        DETECTED_ONLY,
        /** A license is named, and no file shows its text. */
        DECLARED_ONLY,
        /** Two claims cannot both be true. */
        CONFLICT,
        /** No license is named, or a file holds a text that we have not read. */
        UNKNOWN
    }

    /**
     * What the claims come to.
     *
     * @param declaredKey the one license that is named, or null
     * @param candidates the licenses that the names can mean; more than one for an ambiguous name
     * @param detectedKey the one license whose text the files hold, or null
     * @param policies keys of the use policies found beside it
     * @param reasons in sentences: why a key is null, what differs, and what to do
     */
    public record Resolution(
            @Nullable String declaredKey,
            Set<String> candidates,
            @Nullable String detectedKey,
            Set<String> policies,
            Standing standing,
            List<String> reasons) {
        /** True when two claims exclude each other; nobody may be served before a reviewer has concluded. */
        public boolean conflict() {
            return standing == Standing.CONFLICT;
        }

        /** The license that a text proves and no claim contradicts, or null: the only key fit to be used unreviewed. */
        public @Nullable String identified() {
            return standing == Standing.AGREED || standing == Standing.DETECTED_ONLY ? detectedKey : null;
        }
    }

    public Resolution resolve(List<Declaration> declarations, List<Detection> detections) {
        var declared = new Declared(names, declarations);
        var detected = new Detected(names, detections);
        var reasons = new ArrayList<String>(declared.reasons);
        reasons.addAll(detected.reasons);
        return new Resolution(
                declared.key(),
                declared.candidates == null ? Set.of() : Set.copyOf(declared.candidates),
                detected.key,
                Set.copyOf(detected.policies),
                standing(declared, detected, reasons),
                List.copyOf(reasons));
    }

    private Standing standing(Declared declared, Detected detected, List<String> reasons) {
        if (declared.conflict || detected.conflict) {
            return Standing.CONFLICT;
        }
        if (detected.key != null && declared.isSpecific() && !agree(declared, detected.key)) {
            reasons.add("the files hold the text of %s, the publisher names %s: read both and conclude"
                    .formatted(detected.key, declared.shown()));
            return Standing.CONFLICT;
        }
        if (detected.unread) {
            if (declared.isSpecific()) {
                reasons.add("the publisher names %s, and the files hold another text: read it and conclude"
                        .formatted(declared.shown()));
                return Standing.CONFLICT;
            }
            return Standing.UNKNOWN;
        }
        if (detected.unreadPolicy) {
            return Standing.UNKNOWN;
        }
        if (detected.key != null) {
            return declared.isSpecific() ? Standing.AGREED : Standing.DETECTED_ONLY;
        }
        return declared.key() != null ? Standing.DECLARED_ONLY : Standing.UNKNOWN;
    }

    private boolean agree(Declared declared, String key) {
        return declared.candidates != null
                && (declared.candidates.contains(key)
                        || names.attached().stream()
                                .anyMatch(attached -> attached.key().equals(key)
                                        && declared.candidates.contains(attached.license())));
    }

    /** The declarations put together: each can only narrow what the others leave open. */
    private static final class Declared {
        private final ClaimNames names;
        private final List<String> reasons = new ArrayList<>();
        private final Set<String> unread = new LinkedHashSet<>();
        private @Nullable Set<String> candidates;
        private boolean conflict;

        Declared(ClaimNames names, List<Declaration> declarations) {
            this.names = names;
            declarations.forEach(this::add);
            if (candidates != null && !unread.isEmpty()) {
                conflict = true;
                reasons.add("'%s' is declared beside %s: two licenses are named"
                        .formatted(String.join("', '", unread), shown()));
            } else if (candidates != null && candidates.size() > 1) {
                reasons.add(
                        "what is declared can mean %s: only the text of the license tells which".formatted(shown()));
            } else if (!unread.isEmpty()) {
                reasons.add("'%s' names no license that we have read".formatted(String.join("', '", unread)));
            } else if (candidates == null) {
                reasons.add("no license is named: add the license file to the checkpoint");
            }
        }

        /** True when something is said that a detected license can agree with or contradict. */
        boolean isSpecific() {
            return candidates != null || !unread.isEmpty();
        }

        @Nullable
        String key() {
            return !conflict && candidates != null && candidates.size() == 1
                    ? candidates.iterator().next()
                    : null;
        }

        String shown() {
            return candidates == null ? String.join(", ", unread) : String.join(" or ", new TreeSet<>(candidates));
        }

        private void add(Declaration declaration) {
            var licenses = declaration.licenses().stream()
                    .filter(license -> !names.saysNothing(license))
                    .toList();
            var keys = licenses.stream()
                    .flatMap(license -> named(license).stream())
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            narrow(declaration.source() + " license", String.join(", ", licenses), keys);
            var name = declaration.name();
            if (name != null && !names.saysNothing(name)) {
                narrow(declaration.source() + " license name", name, named(name));
            }
            var link = declaration.link();
            if (link != null) {
                narrow(declaration.source() + " license link", link, names.linked(link));
            }
        }

        private Set<String> named(String name) {
            var keys = names.named(name);
            if (keys.isEmpty()) {
                unread.add(name);
            }
            return keys;
        }

        private void narrow(String place, String said, Set<String> keys) {
            if (keys.isEmpty()) {
                return;
            }
            if (candidates == null) {
                candidates = new LinkedHashSet<>(keys);
                return;
            }
            var both = new LinkedHashSet<>(candidates);
            both.retainAll(keys);
            if (both.isEmpty()) {
                conflict = true;
                reasons.add("%s '%s' means %s, but %s is declared beside it: two licenses are named"
                        .formatted(place, said, String.join(" or ", new TreeSet<>(keys)), shown()));
            } else {
                candidates = both;
            }
        }
    }

    /** The matches put together. */
    private static final class Detected {
        private final List<String> reasons = new ArrayList<>();
        private final Set<String> policies = new LinkedHashSet<>();
        private @Nullable String key;
        private boolean conflict;
        private boolean unread;
        private boolean unreadPolicy;

        Detected(ClaimNames names, List<Detection> detections) {
            boolean namedForWeights = detections.stream()
                    .anyMatch(detection -> LicenseFiles.component(detection.file()) == LicenseFiles.Component.WEIGHTS);
            for (var detection : detections) {
                var component = LicenseFiles.component(detection.file());
                boolean counts = switch (component) {
                    case WEIGHTS, POLICY -> true;
                    case UNSAID -> !namedForWeights;
                    case CODE, DATA -> false;
                };
                if (counts) {
                    add(detection, component == LicenseFiles.Component.POLICY);
                }
            }
            attach(names);
        }

        private void add(Detection detection, boolean policyFile) {
            switch (detection.match()) {
                case Match.Exact(var found, var document, var _) -> {
                    if (document == Document.POLICY) {
                        policies.add(found);
                    } else if (key == null || key.equals(found)) {
                        key = found;
                    } else {
                        conflict = true;
                        reasons.add("%s holds the text of %s, another file that of %s"
                                .formatted(detection.file(), found, key));
                    }
                }
                case Match.Near near -> unread(detection.file(), describe(near), policyFile);
                case Match.None _ -> unread(detection.file(), "holds a text that we have not read", policyFile);
            }
        }

        private void unread(String file, String what, boolean policyFile) {
            reasons.add("%s %s".formatted(file, what));
            if (policyFile) {
                unreadPolicy = true;
            } else {
                unread = true;
            }
        }

        /** A policy belongs to a license; with the wrong one beside it nobody knows what holds. */
        private void attach(ClaimNames names) {
            var found = key;
            if (found == null) {
                return;
            }
            for (var policy : policies) {
                var attached = names.attached().stream()
                        .filter(entry ->
                                entry.license().equals(found) && entry.policy().equals(policy))
                        .findFirst();
                if (attached.isPresent()) {
                    key = attached.get().key();
                } else if (!policy.equals(found)) {
                    conflict = true;
                    reasons.add(
                            "the license is %s, and the use policy beside it is that of %s".formatted(found, policy));
                }
            }
        }

        private static String describe(Match.Near near) {
            var text = new StringBuilder(
                    String.format(Locale.ROOT, "resembles %s (%.3f) and is not it", near.key(), near.similarity()));
            near.addedClauses().stream()
                    .limit(CLAUSES_QUOTED_MAX)
                    .forEach(clause -> text.append("; it adds or changes: \"%s\"".formatted(shortened(clause.text()))));
            more(text, near.addedClauses().size());
            if (!near.missingClauses().isEmpty()) {
                text.append("; it lacks or changes clause ")
                        .append(near.missingClauses().stream()
                                .limit(CLAUSES_QUOTED_MAX)
                                .collect(Collectors.joining(", ")));
                more(text, near.missingClauses().size());
            }
            return text.toString();
        }

        private static void more(StringBuilder text, int clauses) {
            if (clauses > CLAUSES_QUOTED_MAX) {
                text.append(" and ").append(clauses - CLAUSES_QUOTED_MAX).append(" more");
            }
        }

        private static String shortened(String clause) {
            return clause.length() <= QUOTE_CHARS_MAX ? clause : clause.substring(0, QUOTE_CHARS_MAX) + "...";
        }
    }
}
