package io.weighbridge.gateway.snapshot;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.weighbridge.license.policy.LicenseClaim;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The catalog at one version, as the registry serves it; fields that the gateway does not use are dropped. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Snapshot(
        @JsonProperty(required = true) String version,
        @JsonProperty(required = true) List<Model> models) {
    public Snapshot {
        models = List.copyOf(models);
    }

    /** A catalog entry. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Model(
            @JsonProperty(required = true) String id,
            @JsonProperty(required = true) long createdAt,
            @Nullable Checkpoint checkpoint,
            @JsonProperty(required = true) LicenseRecord license) {}

    /** Only present once the model was pulled. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Checkpoint(int contextLength, @Nullable String weightsDigest) {}

    /** What is known about the license. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record LicenseRecord(
            @JsonProperty(required = true) String declared,
            @Nullable String detected,
            @Nullable String concluded,
            boolean conflict) {
        public LicenseClaim claim() {
            return new LicenseClaim(declared, detected, concluded, conflict);
        }
    }

    /** The model with this id, or null. */
    public @Nullable Model find(String id) {
        return models.stream()
                .filter(model -> model.id().equals(id))
                .findFirst()
                .orElse(null);
    }
}
