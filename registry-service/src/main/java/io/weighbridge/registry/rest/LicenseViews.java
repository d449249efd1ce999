package io.weighbridge.registry.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.LicenseHistory;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.licensing.Licenses;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The JSON forms of a license record: what is known now, on what evidence, and how it came to be known. */
final class LicenseViews {
    private LicenseViews() {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record RecordView(
            String model,
            int version,
            DeclarationView declared,
            @Nullable DetectionView detected,
            @Nullable ConclusionView concluded,
            boolean conflict,
            List<String> reasons,
            List<ChangeView> history) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DeclarationView(
            String license, @Nullable String name, @Nullable String link) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DetectionView(@Nullable DeclarationView metadata, List<TextView> texts) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record TextView(
            String path,
            String textDigest,
            @Nullable String license,
            boolean policy,
            @Nullable String note) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ConclusionView(
            String license,
            String reviewer,
            String at,
            String reason,
            @Nullable String textDigest) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ChangeView(
            int version,
            String at,
            String source,
            String author,
            String kind,
            @Nullable DeclarationView declared,
            @Nullable DetectionView detected,
            @Nullable String concluded,
            @Nullable String reason,
            @Nullable String textDigest,
            @Nullable List<Views.OriginView> madeFrom) {}

    static RecordView of(Model model, Licenses licenses) {
        var history = model.license();
        var standing = licenses.standing(history);
        var detected = history.detected();
        return new RecordView(
                model.id().toString(),
                history.version(),
                of(standing.declared()),
                detected.equals(Detection.NONE) ? null : of(detected),
                conclusion(history),
                standing.conflict(),
                standing.reasons(),
                history.entries().stream().map(LicenseViews::of).toList());
    }

    private static @Nullable ConclusionView conclusion(LicenseHistory history) {
        var entry = history.conclusion();
        if (entry == null) {
            return null;
        }
        var decision = Objects.requireNonNull(history.concluded());
        return new ConclusionView(
                decision.license(),
                entry.author().name(),
                entry.at().toString(),
                decision.reason(),
                decision.textDigest());
    }

    private static ChangeView of(LicenseHistory.Entry entry) {
        return switch (entry.change()) {
            case LicenseChange.Declared(var declaration) ->
                change(entry, "declared", of(declaration), null, null, null, null, null);
            case LicenseChange.Detected(var detection) ->
                change(entry, "detected", null, of(detection), null, null, null, null);
            case LicenseChange.Concluded(var license, var reason, var textDigest) ->
                change(entry, "concluded", null, null, license, reason, textDigest, null);
            case LicenseChange.Withdrawn(var reason) ->
                change(entry, "withdrawn", null, null, null, reason, null, null);
            case LicenseChange.MadeFrom(var origins) ->
                change(entry, "made-from", null, null, null, null, null, Views.of(origins));
        };
    }

    private static ChangeView change(
            LicenseHistory.Entry entry,
            String kind,
            @Nullable DeclarationView declared,
            @Nullable DetectionView detected,
            @Nullable String concluded,
            @Nullable String reason,
            @Nullable String textDigest,
            @Nullable List<Views.OriginView> madeFrom) {
        return new ChangeView(
                entry.version(),
                entry.at().toString(),
                entry.author().source().name().toLowerCase(Locale.ROOT),
                entry.author().name(),
                kind,
                declared,
                detected,
                concluded,
                reason,
                textDigest,
                madeFrom);
    }

    private static DeclarationView of(Declaration declaration) {
        return new DeclarationView(declaration.license(), declaration.name(), declaration.link());
    }

    private static DetectionView of(Detection detection) {
        var metadata = detection.metadata();
        return new DetectionView(
                metadata == null ? null : of(metadata),
                detection.texts().stream()
                        .map(text ->
                                new TextView(text.path(), text.textDigest(), text.key(), text.policy(), text.note()))
                        .toList());
    }
}
