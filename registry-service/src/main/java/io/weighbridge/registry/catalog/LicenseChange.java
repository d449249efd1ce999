package io.weighbridge.registry.catalog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that came to be known about the license of a model. Once recorded, a change is never altered or removed. */
public sealed interface LicenseChange {
    /** The publisher's word. */
    record Declared(Declaration declaration) implements LicenseChange {}

    /** What the files of a pulled checkpoint say. */
    record Detected(Detection detection) implements LicenseChange {}

    /**
     * A reviewer's decision. It stands for everything declared and detected at that time.
     *
     * @param license the id of terms
     * @param textDigest digest of the license text that was decided on, where it is known
     */
    record Concluded(
            String license, String reason, @Nullable String textDigest) implements LicenseChange {
        /** Longest reason. */
        public static final int REASON_LENGTH_MAX = 2_000;

        public Concluded {
            Texts.require("the concluded license", license, Declaration.NAME_LENGTH_MAX);
            Texts.require("the reason", reason, REASON_LENGTH_MAX);
        }
    }

    /** The decision before it no longer holds. */
    record Withdrawn(String reason) implements LicenseChange {}

    /** What the model was made from: whose licenses bind it too. */
    record MadeFrom(List<Origin> origins) implements LicenseChange {
        public MadeFrom {
            origins = Origin.requireFew(origins);
        }
    }
}
