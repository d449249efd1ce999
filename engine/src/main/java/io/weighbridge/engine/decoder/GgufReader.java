package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;

/** Typed reading of the GGUF keys of one architecture, which begin with its name. */
record GgufReader(Metadata.Gguf metadata, String architecture) {
    boolean has(String key) {
        return metadata.values().containsKey(named(key));
    }

    int size(String key) {
        return DecoderLimits.size(named(key), metadata.integer(named(key)).orElseThrow(() -> lacks(key)));
    }

    double real(String key) {
        return DecoderLimits.positive(named(key), metadata.real(named(key)).orElseThrow(() -> lacks(key)));
    }

    private CheckpointException lacks(String key) {
        return new CheckpointException("the GGUF file lacks metadata key '%s'".formatted(named(key)));
    }

    Object value(String key) {
        return metadata.values().getOrDefault(named(key), "nothing");
    }

    String named(String key) {
        return architecture + "." + key;
    }
}
