package io.weighbridge.registry.catalog;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A catalog entry as others see it. {@code checkpoint} is null until the model has been pulled. */
public record Model(
        ModelRef id,
        String description,
        Instant createdAt,
        LicenseRecord license,
        @Nullable Checkpoint checkpoint) {}
