package io.weighbridge.license.openness;

import java.time.LocalDate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything recorded about one model's openness. Holds no class and no score: those are computed.
 *
 * @param id owner/name, as in the catalog
 * @param aliases other models that the same record speaks for, such as other sizes published together
 * @param access how one gets the weights
 * @param nature what kind of license the weights are under, when no reading of the terms says it
 * @param trainingFlops an upper estimate of the training compute, or null when nothing is known
 * @param licenses the license of the whole distribution and of its types
 * @param difference how this record departs from the Model Openness Tool's own entry and why; empty if it does not
 */
public record ModelEvidence(
        String id,
        Set<String> aliases,
        Release release,
        Access access,
        LicenseNature nature,
        @Nullable Double trainingFlops,
        Licenses licenses,
        List<Evidence> evidence,
        String difference) {
    /** Most pieces of evidence in one record: one for each component. */
    public static final int EVIDENCE_COUNT_MAX = Component.values().length;

    /** How one gets the weights. */
    public enum Access {
        /** Anyone, without asking. */
        OPEN,
        /** After login and acceptance of terms; the publisher can withdraw it. */
        GATED,
        /** Not at all, or only behind an interface. */
        CLOSED,
        UNKNOWN
    }

    /** What the release is called and who made it; the extra keys are the Model Openness Tool's. */
    public record Release(
            String name, String producer, @Nullable LocalDate date, Map<String, String> extra) {
        public Release {
            extra = Map.copyOf(extra);
        }
    }

    /** A license and where it can be read. */
    public record LicenseRef(String name, @Nullable String path) {}

    /** The licenses that hold where a component has none of its own. */
    public record Licenses(@Nullable LicenseRef distribution, Map<Component.Type, LicenseRef> byType) {
        public Licenses {
            byType = Map.copyOf(byType);
        }
    }

    public ModelEvidence {
        aliases = Set.copyOf(aliases);
        evidence = List.copyOf(evidence);
        if (id.isBlank()) {
            throw new IllegalArgumentException("a record needs a model id");
        }
        if (trainingFlops != null && !(trainingFlops > 0)) {
            throw new IllegalArgumentException("trainingFlops must be more than 0, leave it out if unknown");
        }
        var seen = new EnumMap<Component, Evidence>(Component.class);
        for (var piece : evidence) {
            if (seen.put(piece.component(), piece) != null) {
                throw new IllegalArgumentException(
                        "%s is listed twice".formatted(piece.component().code()));
            }
        }
    }

    /** The evidence about a component, or null when nothing is recorded. */
    public @Nullable Evidence of(Component component) {
        return evidence.stream()
                .filter(piece -> piece.component() == component)
                .findFirst()
                .orElse(null);
    }

    /**
     * The license that a component is under: its own, else that of its type, else that of the distribution; null when
     * there is none.
     */
    public @Nullable String licenseOf(Component component) {
        var piece = of(component);
        if (piece != null && piece.license() != null) {
            return piece.license().equals(Evidence.UNLICENSED) ? null : piece.license();
        }
        var ofType = licenses.byType().get(component.type());
        var inherited = ofType != null ? ofType : licenses.distribution();
        return inherited == null ? null : inherited.name();
    }
}
