package io.weighbridge.registry.catalog;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The memory of the registry. Every method is atomic and may be called from any thread; reads see all writes that
 * returned before. Each throws {@link CatalogUnavailableException} when the storage behind it cannot answer.
 */
public interface Catalog {
    /** All models, sorted by id. */
    List<Model> models();

    Optional<Model> find(ModelRef id);

    /** The entry as last published. */
    Optional<CatalogEntry> entry(ModelRef id);

    /**
     * Adds or replaces an entry. Its creation time is that of the first publication. A checkpoint recorded before, and
     * the license detected in it, stay only if the pinned files are the same.
     */
    void publish(CatalogEntry entry);

    /**
     * Records a checkpoint whose blobs are all stored, with the license found in its files.
     *
     * @throws IllegalArgumentException if no such model was published
     */
    void record(ModelRef id, Checkpoint checkpoint, @Nullable String detected);

    /** The storage behind the catalog does not answer. A retry can help. */
    final class CatalogUnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public CatalogUnavailableException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
