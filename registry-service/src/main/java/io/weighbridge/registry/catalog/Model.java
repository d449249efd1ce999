package io.weighbridge.registry.catalog;

import io.weighbridge.license.policy.Traits;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A catalog entry as others see it. {@code checkpoint} is null until the model has been pulled. */
public record Model(
        ModelRef id,
        String description,
        Instant createdAt,
        Traits traits,
        LicenseHistory license,
        @Nullable Checkpoint checkpoint) {
    /** What it was made from, directly. */
    public List<Origin> madeFrom() {
        return license.madeFrom();
    }

    public Model with(LicenseHistory history) {
        return new Model(id, description, createdAt, traits, history, checkpoint);
    }
}
