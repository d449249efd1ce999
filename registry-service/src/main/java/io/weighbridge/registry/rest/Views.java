package io.weighbridge.registry.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.catalog.Origin;
import io.weighbridge.registry.ingest.PullStatus;
import io.weighbridge.registry.licensing.Licenses;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The JSON forms of contracts/openapi/registry.yaml. Absent members are left out, never null. */
final class Views {
    private Views() {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SnapshotView(String version, List<ModelView> models) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ModelView(
            String id,
            String description,
            long createdAt,
            @Nullable CheckpointView checkpoint,
            LicenseView license,
            @Nullable Boolean multimodal,
            @Nullable String released,
            @Nullable List<OriginView> madeFrom) {}

    record OriginView(String model, String relation) {}

    record CheckpointView(
            String revision,
            String format,
            String architecture,
            long parameterCount,
            String quantization,
            int contextLength,
            boolean chatTemplatePresent,
            String weightsDigest,
            List<FileView> files) {}

    record FileView(String path, long sizeBytes, String digest) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record LicenseView(
            String declared,
            @Nullable String detected,
            @Nullable String concluded,
            boolean conflict,
            @Nullable String textDigest) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record PullView(
            String id,
            String model,
            String state,
            @Nullable String source,
            long bytesDone,
            long bytesTotal,
            @Nullable String failure) {}

    static ModelView of(Model model, Licenses.Standing license) {
        var checkpoint = model.checkpoint();
        var traits = model.traits();
        var released = traits.released();
        return new ModelView(
                model.id().toString(),
                model.description(),
                model.createdAt().getEpochSecond(),
                checkpoint == null ? null : of(checkpoint),
                of(license),
                traits.multimodal() == Answer.UNKNOWN ? null : traits.multimodal() == Answer.YES,
                released == null ? null : released.toString(),
                model.madeFrom().isEmpty() ? null : of(model.madeFrom()));
    }

    static List<OriginView> of(List<Origin> origins) {
        return origins.stream()
                .map(origin -> new OriginView(origin.model().toString(), origin.word()))
                .toList();
    }

    private static CheckpointView of(Checkpoint checkpoint) {
        var traits = checkpoint.traits();
        return new CheckpointView(
                checkpoint.revision(),
                traits.format().name().toLowerCase(Locale.ROOT),
                traits.architecture(),
                traits.parameterCount(),
                traits.quantization(),
                traits.contextLength(),
                traits.chatTemplatePresent(),
                checkpoint.weightsDigest().toString(),
                checkpoint.files().stream()
                        .map(f ->
                                new FileView(f.path(), f.sizeBytes(), f.digest().toString()))
                        .toList());
    }

    static LicenseView of(Licenses.Standing license) {
        return new LicenseView(
                license.declared().shown(),
                license.detected(),
                license.concluded(),
                license.conflict(),
                license.textDigest());
    }

    static PullView of(PullStatus pull) {
        return new PullView(
                pull.id(),
                pull.model().toString(),
                pull.state().name().toLowerCase(Locale.ROOT),
                pull.source(),
                pull.bytesDone(),
                pull.bytesTotal(),
                pull.failure());
    }
}
