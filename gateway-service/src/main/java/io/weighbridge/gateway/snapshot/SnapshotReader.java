package io.weighbridge.gateway.snapshot;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.license.terms.TermsCatalog;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the registry's snapshot; fields that the gateway does not use are dropped, and what it cannot understand is refused. */
final class SnapshotReader {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SnapshotReader() {}

    static Snapshot read(byte[] json, TermsCatalog terms) throws IOException {
        var wire = JSON.readValue(json, Wire.class);
        try {
            var lineage = Lineage.of(wire.models().stream().map(WireModel::node).toList());
            var textDigests = new HashMap<String, String>();
            for (var model : wire.models()) {
                var digest = model.license().textDigest();
                if (digest != null) {
                    textDigests.put(model.id(), digest);
                }
            }
            var models = wire.models().stream()
                    .map(model -> model.model(lineage, terms, textDigests))
                    .toList();
            return new Snapshot(wire.version(), models, lineage);
        } catch (IllegalArgumentException wrong) {
            throw new IOException("the catalog %s is refused: %s".formatted(wire.version(), wrong.getMessage()), wrong);
        }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Wire(
            @JsonProperty(required = true) String version,
            @JsonProperty(required = true) List<WireModel> models) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record WireModel(
            @JsonProperty(required = true) String id,
            @JsonProperty(required = true) long createdAt,
            @Nullable WireCheckpoint checkpoint,
            @JsonProperty(required = true) WireLicense license,
            @Nullable Boolean multimodal,
            @Nullable String released,
            @Nullable List<WireOrigin> madeFrom) {
        Lineage.Node node() {
            var origins = madeFrom == null ? List.<WireOrigin>of() : madeFrom;
            return new Lineage.Node(
                    id,
                    new Traits(multimodal == null ? Answer.UNKNOWN : Answer.of(multimodal), month()),
                    license.claim(),
                    origins.stream().map(WireOrigin::origin).toList());
        }

        Snapshot.Model model(Lineage lineage, TermsCatalog terms, Map<String, String> textDigests) {
            var claim = license.claim();
            var subject = Subject.of(id, lineage, terms);
            var concluded = claim.concluded();
            return new Snapshot.Model(
                    id,
                    createdAt,
                    checkpoint == null ? null : checkpoint.checkpoint(),
                    claim,
                    multimodal,
                    subject,
                    concluded == null ? null : terms.find(concluded),
                    license.textDigest(),
                    Labels.of(id, claim.shown(), subject),
                    new Applied(subject, textDigests));
        }

        private @Nullable YearMonth month() {
            try {
                return released == null ? null : YearMonth.parse(released);
            } catch (DateTimeException wrong) {
                throw new IllegalArgumentException(
                        "the model %s was released in '%s', which is not a month such as 2024-04"
                                .formatted(id, released),
                        wrong);
            }
        }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record WireCheckpoint(
            int contextLength,
            long parameterCount,
            @Nullable Boolean chatTemplatePresent,
            @Nullable String weightsDigest) {
        Snapshot.Checkpoint checkpoint() {
            return new Snapshot.Checkpoint(contextLength, parameterCount, chatTemplatePresent, weightsDigest);
        }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record WireLicense(
            @JsonProperty(required = true) String declared,
            @Nullable String detected,
            @Nullable String concluded,
            boolean conflict,
            @Nullable String textDigest) {
        LicenseClaim claim() {
            return new LicenseClaim(declared, detected, concluded, conflict);
        }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record WireOrigin(
            @JsonProperty(required = true) String model,
            @JsonProperty(required = true) String relation) {
        Lineage.Origin origin() {
            for (var known : Relation.values()) {
                if (known.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(relation)) {
                    return new Lineage.Origin(model, known);
                }
            }
            throw new IllegalArgumentException(
                    "the relation '%s' to %s is not known to this version".formatted(relation, model));
        }
    }
}
