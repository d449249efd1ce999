package io.weighbridge.registry.inmemory;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.LicenseRecord;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.catalog.ModelRef;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A catalog that lasts as long as the process. Thread-safe: one lock around everything. */
public final class InMemoryCatalog implements Catalog {
    private final InstantSource clock;
    private final TreeMap<ModelRef, Row> rows = new TreeMap<>();

    public InMemoryCatalog(InstantSource clock) {
        this.clock = clock;
    }

    private record Row(
            CatalogEntry entry,
            Instant createdAt,
            @Nullable Checkpoint checkpoint,
            @Nullable String detected) {
        Model model() {
            var license = new LicenseRecord(entry.declared(), detected, entry.concluded());
            return new Model(entry.id(), entry.description(), createdAt, license, checkpoint);
        }
    }

    @Override
    public synchronized List<Model> models() {
        return rows.values().stream().map(Row::model).toList();
    }

    @Override
    public synchronized Optional<Model> find(ModelRef id) {
        return Optional.ofNullable(rows.get(id)).map(Row::model);
    }

    @Override
    public synchronized Optional<CatalogEntry> entry(ModelRef id) {
        return Optional.ofNullable(rows.get(id)).map(Row::entry);
    }

    @Override
    public synchronized void publish(CatalogEntry entry) {
        var old = rows.get(entry.id());
        if (old == null) {
            rows.put(entry.id(), new Row(entry, clock.instant().truncatedTo(ChronoUnit.SECONDS), null, null));
        } else if (old.entry().checkpointFiles().equals(entry.checkpointFiles())) {
            rows.put(entry.id(), new Row(entry, old.createdAt(), old.checkpoint(), old.detected()));
        } else {
            rows.put(entry.id(), new Row(entry, old.createdAt(), null, null));
        }
    }

    @Override
    public synchronized void record(ModelRef id, Checkpoint checkpoint, @Nullable String detected) {
        var old = rows.get(id);
        if (old == null) {
            throw new IllegalArgumentException("no model %s in the catalog".formatted(id));
        }
        rows.put(id, new Row(old.entry(), old.createdAt(), checkpoint, detected));
    }
}
