package io.weighbridge.registry.catalog;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The memory of the registry. Every method is atomic and may be called from any thread; reads see all writes that
 * returned before. Each throws {@link CatalogUnavailableException} when the storage behind it cannot answer.
 */
public interface Catalog {
    /** All models, sorted by id. */
    List<Model> models();

    Optional<Model> find(ModelRef id);

    /** The entry as it stands: as last published, with what has changed since. */
    Optional<CatalogEntry> entry(ModelRef id);

    /**
     * Adds or replaces entries from catalog files, all or none. The creation time of an entry is that of its first publication. A
     * checkpoint recorded before, and the license detected in it, stay only if the pinned files are the same.
     */
    void publish(List<CatalogEntry> entries, Guard guard);

    /** Adds or replaces one entry that needs no guard. */
    default void publish(CatalogEntry entry) {
        publish(List.of(entry), Guard.NONE);
    }

    /**
     * Adds an entry that somebody registered. Its conclusion, if it has one, is not recorded: conclusions are appended.
     *
     * @throws ModelExistsException if there is such a model already; nothing is changed then
     */
    void register(CatalogEntry entry, Author author, Guard guard);

    /**
     * Appends a change to the license history of a model.
     *
     * @param expected the version that the change was made upon; null to append to whatever is there
     * @throws IllegalArgumentException if there is no such model
     * @throws OutdatedException if the history has gone on since {@code expected}
     */
    Model append(ModelRef id, LicenseChange change, Author author, @Nullable Integer expected, Guard guard);

    /**
     * Records a checkpoint whose blobs are all stored, with what its files say of their license.
     *
     * @throws IllegalArgumentException if no such model was published
     */
    void record(ModelRef id, Checkpoint checkpoint, Detection detection);

    /** A condition on the whole catalog, checked within the write that could break it; at most one such write runs at a time. */
    interface Guard {
        Guard NONE = (after, changed) -> {};

        /**
         * Throws to undo the write.
         *
         * @param after all models as the write would leave them
         * @param changed the models that are new or made from something else than before
         */
        void check(List<Model> after, Set<ModelRef> changed);
    }

    /** The storage behind the catalog does not answer. A retry can help. */
    final class CatalogUnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public CatalogUnavailableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** A model of this id is in the catalog already. */
    final class ModelExistsException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public ModelExistsException(ModelRef id) {
            super("the model %s is in the catalog already".formatted(id));
        }
    }

    /** Somebody else changed the record in between. */
    final class OutdatedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public OutdatedException(int expected, int actual) {
            super("the license record is at version %d, not %d: read it again and decide on what it says now"
                    .formatted(actual, expected));
        }
    }
}
