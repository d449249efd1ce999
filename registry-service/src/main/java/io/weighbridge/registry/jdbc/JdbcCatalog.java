package io.weighbridge.registry.jdbc;

import static io.weighbridge.registry.jdbc.Sql.text;

import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.registry.catalog.Author;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.LicenseHistory;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.catalog.ModelRef;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The catalog in a database migrated by {@code db/migration}. One transaction per call; any number of threads and
 * processes may share the database. Writes take turns on one row of {@code catalog_lock}.
 */
public final class JdbcCatalog implements Catalog {
    private static final String MODELS = """
            SELECT m.id, m.description, m.created_at, m.multimodal, m.released,
                   c.revision, c.format, c.architecture, c.parameter_count, c.quantization, c.context_length,
                   c.chat_template_present
            FROM model m LEFT JOIN checkpoint c ON c.model_id = m.id
            """;

    private static final String CHANGES =
            "SELECT model_id, version, at, source, author, kind, content FROM license_change";

    private final DataSource database;
    private final InstantSource clock;

    public JdbcCatalog(DataSource database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public List<Model> models() {
        return inTransaction("list the models", JdbcCatalog::models);
    }

    @Override
    public Optional<Model> find(ModelRef id) {
        return inTransaction("read model " + id, sql -> find(sql, id));
    }

    @Override
    public Optional<CatalogEntry> entry(ModelRef id) {
        return inTransaction("read entry " + id, sql -> {
            var model = find(sql, id);
            if (model.isEmpty()) {
                return Optional.empty();
            }
            var published = new CatalogEntry(
                    id,
                    model.get().description(),
                    model.get().license().declared(),
                    null,
                    model.get().traits(),
                    List.of(),
                    pinnedFiles(sql, id));
            return Optional.of(model.get().license().entry(published));
        });
    }

    @Override
    public void publish(List<CatalogEntry> entries, Guard guard) {
        var purpose = entries.size() == 1
                ? "publish " + entries.getFirst().id()
                : "publish %d models".formatted(entries.size());
        write(purpose, guard, (sql, changed) -> {
            for (var entry : entries) {
                publish(sql, entry, changed);
            }
        });
    }

    private void publish(Sql sql, CatalogEntry entry, Set<ModelRef> changed) throws SQLException {
        var id = entry.id().toString();
        var known = sql.update(
                "UPDATE model SET description = ?, multimodal = ?, released = ? WHERE id = ?",
                entry.description(),
                multimodal(entry.traits()),
                released(entry.traits()),
                id);
        if (known == 0) {
            insert(sql, entry);
            changed.add(entry.id());
        }
        var before = history(sql, entry.id());
        var after = before.published(entry, clock.instant());
        if (!after.madeFrom().equals(before.madeFrom())) {
            changed.add(entry.id());
        }
        var files = pinnedFiles(sql, entry.id()).stream()
                .map(CatalogEntry.PinnedFile::file)
                .toList();
        if (known != 0 && !files.equals(entry.checkpointFiles())) {
            sql.update("DELETE FROM checkpoint WHERE model_id = ?", id);
            after = after.detecting(Detection.NONE, Author.catalog("catalog"), clock.instant());
        }
        appendNew(sql, entry.id(), before, after);
        writeFiles(sql, entry);
    }

    @Override
    public void register(CatalogEntry entry, Author author, Guard guard) {
        write("register " + entry.id(), guard, (sql, changed) -> {
            if (find(sql, entry.id()).isPresent()) {
                throw new ModelExistsException(entry.id());
            }
            insert(sql, entry);
            var history = LicenseHistory.registered(entry, author, clock.instant());
            appendNew(sql, entry.id(), LicenseHistory.EMPTY, history);
            writeFiles(sql, entry);
            changed.add(entry.id());
        });
    }

    @Override
    public Model append(ModelRef id, LicenseChange change, Author author, @Nullable Integer expected, Guard guard) {
        var result = new ArrayList<Model>();
        write("change the license record of " + id, guard, (sql, changed) -> {
            var before = existing(sql, id);
            if (expected != null && expected != before.version()) {
                throw new OutdatedException(expected, before.version());
            }
            appendNew(sql, id, before, before.with(change, author, clock.instant()));
            if (change instanceof LicenseChange.MadeFrom) {
                changed.add(id);
            }
            find(sql, id).ifPresent(result::add);
        });
        return result.getFirst();
    }

    @Override
    public void record(ModelRef ref, Checkpoint checkpoint, Detection detection) {
        write("record the checkpoint of " + ref, Guard.NONE, (sql, changed) -> {
            var id = ref.toString();
            var before = existing(sql, ref);
            var traits = checkpoint.traits();
            sql.update("DELETE FROM checkpoint WHERE model_id = ?", id);
            sql.update(
                    "INSERT INTO checkpoint (model_id, revision, format, architecture, parameter_count, quantization,"
                            + " context_length, chat_template_present) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    id,
                    checkpoint.revision(),
                    traits.format().name(),
                    traits.architecture(),
                    traits.parameterCount(),
                    traits.quantization(),
                    traits.contextLength(),
                    traits.chatTemplatePresent());
            for (int i = 0; i < checkpoint.files().size(); i++) {
                insertFile(sql, "checkpoint_file", id, i, checkpoint.files().get(i));
            }
            appendNew(sql, ref, before, before.detecting(detection, Author.PULL, clock.instant()));
        });
    }

    private static List<Model> models(Sql sql) throws SQLException {
        // Histories after models: a model added in between is left out, never seen without its history.
        var models = sql.query(MODELS, row -> model(sql, row));
        var histories = new HashMap<String, List<LicenseHistory.Entry>>();
        sql.query(
                CHANGES + " ORDER BY model_id, version",
                row -> histories
                        .computeIfAbsent(text(row, "model_id"), id -> new ArrayList<>())
                        .add(change(row)));
        // Sorted here, not in SQL: collations of databases differ.
        return models.stream()
                .map(model -> model.with(
                        new LicenseHistory(histories.getOrDefault(model.id().toString(), List.of()))))
                .sorted((a, b) -> a.id().compareTo(b.id()))
                .toList();
    }

    private static Optional<Model> find(Sql sql, ModelRef id) throws SQLException {
        var found = sql.query(MODELS + " WHERE m.id = ?", row -> model(sql, row), id.toString());
        return found.isEmpty() ? Optional.empty() : Optional.of(found.getFirst().with(history(sql, id)));
    }

    private static LicenseHistory existing(Sql sql, ModelRef id) throws SQLException {
        if (sql.query("SELECT id FROM model WHERE id = ?", row -> row.getString("id"), id.toString())
                .isEmpty()) {
            throw new IllegalArgumentException("no model %s in the catalog".formatted(id));
        }
        return history(sql, id);
    }

    private static LicenseHistory history(Sql sql, ModelRef id) throws SQLException {
        return new LicenseHistory(
                sql.query(CHANGES + " WHERE model_id = ? ORDER BY version", JdbcCatalog::change, id.toString()));
    }

    private static LicenseHistory.Entry change(ResultSet row) throws SQLException {
        var source = Author.Source.valueOf(text(row, "source").toUpperCase(Locale.ROOT));
        return new LicenseHistory.Entry(
                row.getInt("version"),
                Instant.ofEpochMilli(row.getLong("at")),
                new Author(source, text(row, "author")),
                ChangeJson.read(text(row, "kind"), text(row, "content")));
    }

    private static void appendNew(Sql sql, ModelRef id, LicenseHistory before, LicenseHistory after)
            throws SQLException {
        for (var entry :
                after.entries().subList(before.entries().size(), after.entries().size())) {
            sql.update(
                    "INSERT INTO license_change (model_id, version, at, source, author, kind, content)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    id.toString(),
                    entry.version(),
                    entry.at().toEpochMilli(),
                    entry.author().source().name().toLowerCase(Locale.ROOT),
                    entry.author().name(),
                    ChangeJson.kind(entry.change()),
                    ChangeJson.write(entry.change()));
        }
    }

    private void insert(Sql sql, CatalogEntry entry) throws SQLException {
        sql.update(
                "INSERT INTO model (id, description, created_at, multimodal, released) VALUES (?, ?, ?, ?, ?)",
                entry.id().toString(),
                entry.description(),
                clock.instant().getEpochSecond(),
                multimodal(entry.traits()),
                released(entry.traits()));
    }

    private static void writeFiles(Sql sql, CatalogEntry entry) throws SQLException {
        var id = entry.id().toString();
        sql.update("DELETE FROM pinned_file WHERE model_id = ?", id);
        for (int file = 0; file < entry.files().size(); file++) {
            var pinned = entry.files().get(file);
            insertFile(sql, "pinned_file", id, file, pinned.file());
            for (int source = 0; source < pinned.sources().size(); source++) {
                sql.update(
                        "INSERT INTO file_source (model_id, file, ordinal, source) VALUES (?, ?, ?, ?)",
                        id,
                        file,
                        source,
                        pinned.sources().get(source));
            }
        }
    }

    private static void insertFile(Sql sql, String table, String id, int ordinal, CheckpointFile file)
            throws SQLException {
        sql.update(
                "INSERT INTO " + table + " (model_id, ordinal, path, size_bytes, digest) VALUES (?, ?, ?, ?, ?)",
                id,
                ordinal,
                file.path(),
                file.sizeBytes(),
                file.digest().toString());
    }

    private static List<CatalogEntry.PinnedFile> pinnedFiles(Sql sql, ModelRef id) throws SQLException {
        return sql.query(
                "SELECT ordinal, path, size_bytes, digest FROM pinned_file WHERE model_id = ? ORDER BY ordinal",
                row -> new CatalogEntry.PinnedFile(
                        file(row),
                        sql.query(
                                "SELECT source FROM file_source WHERE model_id = ? AND file = ? ORDER BY ordinal",
                                source -> text(source, "source"),
                                id.toString(),
                                row.getInt("ordinal"))),
                id.toString());
    }

    /** The model without its history. */
    private static Model model(Sql sql, ResultSet row) throws SQLException {
        var id = ModelRef.parse(text(row, "id"));
        var multimodal = row.getObject("multimodal", Boolean.class);
        var released = row.getString("released");
        return new Model(
                id,
                text(row, "description"),
                Instant.ofEpochSecond(row.getLong("created_at")),
                new Traits(
                        multimodal == null ? Answer.UNKNOWN : Answer.of(multimodal),
                        released == null ? null : YearMonth.parse(released)),
                LicenseHistory.EMPTY,
                checkpoint(sql, id, row));
    }

    private static @Nullable Boolean multimodal(Traits traits) {
        return traits.multimodal() == Answer.UNKNOWN ? null : traits.multimodal() == Answer.YES;
    }

    private static @Nullable String released(Traits traits) {
        var released = traits.released();
        return released == null ? null : released.toString();
    }

    private static @Nullable Checkpoint checkpoint(Sql sql, ModelRef id, ResultSet row) throws SQLException {
        var revision = row.getString("revision");
        if (revision == null) {
            return null;
        }
        var traits = new Checkpoint.Traits(
                Checkpoint.Format.valueOf(text(row, "format")),
                text(row, "architecture"),
                row.getLong("parameter_count"),
                text(row, "quantization"),
                row.getInt("context_length"),
                row.getBoolean("chat_template_present"));
        var files = sql.query(
                "SELECT path, size_bytes, digest FROM checkpoint_file WHERE model_id = ? ORDER BY ordinal",
                JdbcCatalog::file,
                id.toString());
        return new Checkpoint(revision, traits, files);
    }

    private static CheckpointFile file(ResultSet row) throws SQLException {
        return new CheckpointFile(text(row, "path"), row.getLong("size_bytes"), Digest.parse(text(row, "digest")));
    }

    private void write(String purpose, Guard guard, Writing work) {
        inTransaction(purpose, sql -> {
            sql.query("SELECT id FROM catalog_lock WHERE id = 1 FOR UPDATE", row -> row.getInt("id"));
            var changed = new HashSet<ModelRef>();
            work.run(sql, changed);
            if (guard != Guard.NONE) {
                guard.check(models(sql), changed);
            }
            return true;
        });
    }

    private <T> T inTransaction(String purpose, Work<T> work) {
        try (var connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                var result = work.run(new Sql(connection));
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new CatalogUnavailableException(
                    "the catalog database could not %s: %s".formatted(purpose, e.getMessage()), e);
        }
    }

    private interface Work<T> {
        T run(Sql sql) throws SQLException;
    }

    private interface Writing {
        void run(Sql sql, Set<ModelRef> changed) throws SQLException;
    }
}
