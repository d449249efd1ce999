package io.weighbridge.license.openness;

import io.weighbridge.license.terms.Confidence;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * What is known about one component of one model, and how.
 *
 * @param url where it, or the statement about it, can be seen
 * @param digest {@code sha256:} and hex of what was seen there
 * @param license SPDX id or LicenseRef; {@link #UNLICENSED} when it came without any; null when the license of its type or
 *     of the distribution holds
 * @param licenseUrl where that license can be read
 * @param by who says so
 * @param on when it was seen
 * @param note what a reader should know beside it
 */
public record Evidence(
        Component component,
        Released released,
        @Nullable String url,
        @Nullable String digest,
        @Nullable String license,
        @Nullable String licenseUrl,
        String by,
        LocalDate on,
        Confidence confidence,
        Provenance provenance,
        @Nullable String note) {
    /** The license of a component that was released without any. The Model Openness Tool uses the same word. */
    public static final String UNLICENSED = "unlicensed";

    private static final String DIGEST = "sha256:[0-9a-f]{64}";

    /** How much of a component is out. */
    public enum Released {
        FULL,
        PARTIAL,
        NONE
    }

    /** What the evidence rests on. */
    public enum Provenance {
        /** The component itself was looked at. */
        ARTIFACT,
        /** Its publisher says so: a model card, a repository, a paper. */
        PUBLISHER,
        /** Somebody else says so, such as an index of models. */
        THIRD_PARTY,
        /** Nobody says so; we conclude it, for example from silence. */
        INFERRED
    }

    public Evidence {
        if (digest != null && !digest.matches(DIGEST)) {
            throw new IllegalArgumentException(
                    "%s: a digest is sha256: and 64 hex digits, not '%s'".formatted(component.code(), digest));
        }
        if (released == Released.NONE && license != null) {
            throw new IllegalArgumentException("%s: what is not released has no license".formatted(component.code()));
        }
    }
}
