package io.weighbridge.engine.checkpoint;

import java.util.Map;
import java.util.Optional;

/**
 * The open files of one checkpoint. Reading is thread-safe. Closing unmaps: no {@link Tensor#data} may be touched afterwards.
 */
public interface Checkpoint extends AutoCloseable {
    /** All tensors by their stored names, in file order. */
    Map<String, Tensor> tensors();

    /** What describes the model: GGUF's key-value pairs, or the JSON files beside the safetensors. */
    Metadata metadata();

    /** The tensor of that name, if stored. */
    default Optional<Tensor> tensor(String name) {
        return Optional.ofNullable(tensors().get(name));
    }

    @Override
    void close();
}
