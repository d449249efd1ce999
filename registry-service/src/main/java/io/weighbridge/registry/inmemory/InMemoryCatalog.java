package io.weighbridge.registry.inmemory;

import io.weighbridge.registry.catalog.Author;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.LicenseHistory;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.catalog.ModelRef;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A catalog that lasts as long as the process. Thread-safe: one lock around everything. */
public final class InMemoryCatalog implements Catalog {
    private final InstantSource clock;
    private TreeMap<ModelRef, Row> rows = new TreeMap<>();

    public InMemoryCatalog(InstantSource clock) {
        this.clock = clock;
    }

    private record Row(
            CatalogEntry entry,
            Instant createdAt,
            LicenseHistory license,
            @Nullable Checkpoint checkpoint) {
        Model model() {
            return new Model(entry.id(), entry.description(), createdAt, entry.traits(), license, checkpoint);
        }

        Row with(LicenseHistory next) {
            return new Row(entry, createdAt, next, checkpoint);
        }
    }

    @Override
    public synchronized List<Model> models() {
        return models(rows);
    }

    @Override
    public synchronized Optional<Model> find(ModelRef id) {
        return Optional.ofNullable(rows.get(id)).map(Row::model);
    }

    @Override
    public synchronized Optional<CatalogEntry> entry(ModelRef id) {
        return Optional.ofNullable(rows.get(id)).map(row -> row.license().entry(row.entry()));
    }

    @Override
    public synchronized void publish(List<CatalogEntry> entries, Guard guard) {
        write(guard, (next, changed) -> entries.forEach(entry -> publish(next, changed, entry)));
    }

    private void publish(TreeMap<ModelRef, Row> next, Set<ModelRef> changed, CatalogEntry entry) {
        var now = clock.instant();
        var old = next.get(entry.id());
        if (old == null) {
            var history = LicenseHistory.EMPTY.published(entry, now);
            next.put(entry.id(), new Row(entry, now.truncatedTo(ChronoUnit.SECONDS), history, null));
            changed.add(entry.id());
            return;
        }
        var history = old.license().published(entry, now);
        if (!history.madeFrom().equals(old.license().madeFrom())) {
            changed.add(entry.id());
        }
        if (old.entry().checkpointFiles().equals(entry.checkpointFiles())) {
            next.put(entry.id(), new Row(entry, old.createdAt(), history, old.checkpoint()));
        } else {
            var forgotten = history.detecting(Detection.NONE, Author.catalog("catalog"), now);
            next.put(entry.id(), new Row(entry, old.createdAt(), forgotten, null));
        }
    }

    @Override
    public synchronized void register(CatalogEntry entry, Author author, Guard guard) {
        write(guard, (next, changed) -> {
            if (next.containsKey(entry.id())) {
                throw new ModelExistsException(entry.id());
            }
            var now = clock.instant();
            var history = LicenseHistory.registered(entry, author, now);
            next.put(entry.id(), new Row(entry, now.truncatedTo(ChronoUnit.SECONDS), history, null));
            changed.add(entry.id());
        });
    }

    @Override
    public synchronized Model append(
            ModelRef id, LicenseChange change, Author author, @Nullable Integer expected, Guard guard) {
        write(guard, (next, changed) -> {
            var old = existing(next, id);
            if (expected != null && expected != old.license().version()) {
                throw new OutdatedException(expected, old.license().version());
            }
            next.put(id, old.with(old.license().with(change, author, clock.instant())));
            if (change instanceof LicenseChange.MadeFrom) {
                changed.add(id);
            }
        });
        return existing(rows, id).model();
    }

    @Override
    public synchronized void record(ModelRef id, Checkpoint checkpoint, Detection detection) {
        var old = existing(rows, id);
        var history = old.license().detecting(detection, Author.PULL, clock.instant());
        rows.put(id, new Row(old.entry(), old.createdAt(), history, checkpoint));
    }

    private void write(Guard guard, BiConsumer<TreeMap<ModelRef, Row>, Set<ModelRef>> work) {
        var next = new TreeMap<>(rows);
        var changed = new HashSet<ModelRef>();
        work.accept(next, changed);
        guard.check(models(next), changed);
        rows = next;
    }

    private static List<Model> models(TreeMap<ModelRef, Row> rows) {
        return rows.values().stream().map(Row::model).toList();
    }

    private static Row existing(TreeMap<ModelRef, Row> rows, ModelRef id) {
        var row = rows.get(id);
        if (row == null) {
            throw new IllegalArgumentException("no model %s in the catalog".formatted(id));
        }
        return row;
    }
}
