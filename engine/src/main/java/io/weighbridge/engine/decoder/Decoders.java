package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The families that can be read, by the names that checkpoints give them. */
public final class Decoders {
    private static final Map<String, Function<Checkpoint, Decoder>> BY_MODEL_TYPE =
            joined(joined(FolderFamilies.BY_MODEL_TYPE, MixtureFamilies.BY_MODEL_TYPE), OlderFamilies.BY_MODEL_TYPE);

    private Decoders() {}

    /**
     * The decoder that {@code checkpoint} holds.
     *
     * @throws CheckpointException naming the family, option or tensor that is not supported, missing or of the wrong shape
     */
    public static Decoder of(Checkpoint checkpoint) {
        return switch (checkpoint.metadata()) {
            case Metadata.HuggingFace folder when TextPart.isIn(folder.config()) -> of(TextPart.of(checkpoint, folder));
            case Metadata.HuggingFace folder ->
                family("model_type", modelType(folder), BY_MODEL_TYPE).apply(checkpoint);
            case Metadata.Gguf gguf ->
                family(
                                "general.architecture",
                                gguf.string("general.architecture").orElse(null),
                                GgufFamilies.BY_ARCHITECTURE)
                        .apply(checkpoint);
        };
    }

    private static @Nullable String modelType(Metadata.HuggingFace folder) {
        return folder.config().path("model_type").textValue();
    }

    private static Function<Checkpoint, Decoder> family(
            String key, @Nullable String name, Map<String, Function<Checkpoint, Decoder>> families) {
        if (name == null) {
            throw new CheckpointException("the checkpoint does not say its %s".formatted(key));
        }
        var family = families.get(name);
        if (family == null) {
            throw new CheckpointException("%s '%s' is not supported; supported: %s"
                    .formatted(key, name, families.keySet().stream().sorted().toList()));
        }
        return family;
    }

    private static <T> Map<String, T> joined(Map<String, T> one, Map<String, T> other) {
        var all = new HashMap<>(one);
        all.putAll(other);
        return Map.copyOf(all);
    }
}
