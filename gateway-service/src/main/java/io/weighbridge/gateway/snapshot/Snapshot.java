package io.weighbridge.gateway.snapshot;

import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The catalog at one version, ready to decide on: the lineage and each model's subject are built here once, so that a decision only
 * compares. Immutable.
 */
public final class Snapshot {
    private final String version;
    private final List<Model> models;
    private final Lineage lineage;
    private final Map<String, Model> byId;
    private final List<String> loadable;

    Snapshot(String version, List<Model> models, Lineage lineage) {
        this.version = version;
        this.models = List.copyOf(models);
        this.lineage = lineage;
        this.byId = this.models.stream().collect(Collectors.toUnmodifiableMap(Model::id, Function.identity()));
        this.loadable = this.models.stream()
                .filter(model -> model.checkpoint() != null)
                .sorted(Comparator.comparingLong(Model::parameterCount)
                        .reversed()
                        .thenComparing(Model::id))
                .map(Model::id)
                .toList();
    }

    /** The catalog in the registry's answer, or an exception that says why it is refused: bad JSON, or a circular lineage. */
    public static Snapshot read(byte[] json, TermsCatalog terms) throws IOException {
        return SnapshotReader.read(json, terms);
    }

    /**
     * A catalog entry.
     *
     * @param checkpoint null until the model was pulled
     * @param claim what is known about its license
     * @param multimodal null when not known
     * @param subject everything that binds its use
     * @param terms those of its own license, null when none is concluded or recorded
     * @param textDigest of its license text, null when not known
     * @param labels what response headers say of it
     * @param applied what receipts say of it
     */
    public record Model(
            String id,
            long createdAt,
            @Nullable Checkpoint checkpoint,
            LicenseClaim claim,
            @Nullable Boolean multimodal,
            Subject subject,
            @Nullable Terms terms,
            @Nullable String textDigest,
            Labels labels,
            Applied applied) {
        /** Parameters of the checkpoint, 0 when not known. */
        public long parameterCount() {
            return checkpoint == null ? 0 : checkpoint.parameterCount();
        }

        /** Tokens of the context, 0 when not known. */
        public int contextLength() {
            return checkpoint == null ? 0 : checkpoint.contextLength();
        }

        /** Digest of the weights, empty when not known. */
        public String weightsDigest() {
            var digest = checkpoint == null ? null : checkpoint.weightsDigest();
            return digest == null ? "" : digest;
        }
    }

    /** What the gateway uses of a checkpoint's description. Zero is not known. */
    public record Checkpoint(
            int contextLength,
            long parameterCount,
            @Nullable Boolean chatTemplatePresent,
            @Nullable String weightsDigest) {}

    public String version() {
        return version;
    }

    /** In the order of the registry. */
    public List<Model> models() {
        return models;
    }

    /** What each model was made from. */
    public Lineage lineage() {
        return lineage;
    }

    /** The ids of all models that were pulled: most parameters first, then by id. */
    public List<String> loadable() {
        return loadable;
    }

    /** The model with this id, or null. */
    public @Nullable Model find(String id) {
        return byId.get(id);
    }
}
