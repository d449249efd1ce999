package io.weighbridge.registry.jdbc;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.LicenseRecord;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.catalog.ModelRef;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The catalog in a database migrated by {@code db/migration}. One transaction per call; any number of threads and
 * processes may share the database.
 */
public final class JdbcCatalog implements Catalog {
    /** SQLState class of a violated constraint: another process published the same model at the same moment. */
    private static final String CONSTRAINT_VIOLATED = "23";

    private static final String MODELS = """
            SELECT m.id, m.description, m.created_at, m.license_declared, m.license_detected, m.license_concluded,
                   c.revision, c.format, c.architecture, c.parameter_count, c.quantization, c.context_length,
                   c.chat_template_present
            FROM model m LEFT JOIN checkpoint c ON c.model_id = m.id
            """;

    private final DataSource database;
    private final InstantSource clock;

    public JdbcCatalog(DataSource database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public List<Model> models() {
        return inTransaction("list the models", sql -> {
            var models = sql.query(MODELS, row -> model(sql, row));
            // Sorted here, not in SQL: collations of databases differ.
            return models.stream().sorted((a, b) -> a.id().compareTo(b.id())).toList();
        });
    }

    @Override
    public Optional<Model> find(ModelRef id) {
        return inTransaction(
                "read model " + id,
                sql -> sql.query(MODELS + " WHERE m.id = ?", row -> model(sql, row), id.toString()).stream()
                        .findFirst());
    }

    @Override
    public Optional<CatalogEntry> entry(ModelRef id) {
        return inTransaction("read entry " + id, sql -> {
            var files = pinnedFiles(sql, id);
            return sql
                    .query(
                            "SELECT description, license_declared, license_concluded FROM model WHERE id = ?",
                            row -> new CatalogEntry(
                                    id,
                                    text(row, "description"),
                                    text(row, "license_declared"),
                                    row.getString("license_concluded"),
                                    files),
                            id.toString())
                    .stream()
                    .findFirst();
        });
    }

    @Override
    public void publish(CatalogEntry entry) {
        try {
            inTransaction("publish " + entry.id(), sql -> publish(sql, entry));
        } catch (CatalogUnavailableException e) {
            if (!(e.getCause() instanceof SQLException cause)
                    || cause.getSQLState() == null
                    || !cause.getSQLState().startsWith(CONSTRAINT_VIOLATED)) {
                throw e;
            }
            inTransaction("publish " + entry.id(), sql -> publish(sql, entry));
        }
    }

    private boolean publish(Sql sql, CatalogEntry entry) throws SQLException {
        var id = entry.id().toString();
        var before = pinnedFiles(sql, entry.id()).stream()
                .map(CatalogEntry.PinnedFile::file)
                .toList();
        var known = sql.update(
                "UPDATE model SET description = ?, license_declared = ?, license_concluded = ? WHERE id = ?",
                entry.description(),
                entry.declared(),
                entry.concluded(),
                id);
        if (known == 0) {
            sql.update(
                    "INSERT INTO model (id, description, created_at, license_declared, license_concluded)"
                            + " VALUES (?, ?, ?, ?, ?)",
                    id,
                    entry.description(),
                    clock.instant().getEpochSecond(),
                    entry.declared(),
                    entry.concluded());
        } else if (!before.equals(entry.checkpointFiles())) {
            sql.update("DELETE FROM checkpoint WHERE model_id = ?", id);
            sql.update("UPDATE model SET license_detected = NULL WHERE id = ?", id);
        }
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
        return known == 0;
    }

    @Override
    public void record(ModelRef ref, Checkpoint checkpoint, @Nullable String detected) {
        var known = inTransaction("record the checkpoint of " + ref, sql -> {
            var id = ref.toString();
            if (sql.update("UPDATE model SET license_detected = ? WHERE id = ?", detected, id) == 0) {
                return false;
            }
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
            return true;
        });
        if (!known) {
            throw new IllegalArgumentException("no model %s in the catalog".formatted(ref));
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

    private static Model model(Sql sql, ResultSet row) throws SQLException {
        var id = ModelRef.parse(text(row, "id"));
        var license = new LicenseRecord(
                text(row, "license_declared"), row.getString("license_detected"), row.getString("license_concluded"));
        var createdAt = Instant.ofEpochSecond(row.getLong("created_at"));
        return new Model(id, text(row, "description"), createdAt, license, checkpoint(sql, id, row));
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

    /** A column that the schema declares NOT NULL. */
    private static String text(ResultSet row, String column) throws SQLException {
        var value = row.getString(column);
        if (value == null) {
            throw new SQLException("column %s is null".formatted(column));
        }
        return value;
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

    private interface Reading<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Statements with positional arguments on one connection. */
    private record Sql(Connection connection) {
        <T> List<T> query(String text, Reading<T> reading, Object... arguments) throws SQLException {
            try (var statement = connection.prepareStatement(text)) {
                for (int i = 0; i < arguments.length; i++) {
                    statement.setObject(i + 1, arguments[i]);
                }
                try (var rows = statement.executeQuery()) {
                    var result = new ArrayList<T>();
                    while (rows.next()) {
                        result.add(reading.read(rows));
                    }
                    return result;
                }
            }
        }

        int update(String text, @Nullable Object... arguments) throws SQLException {
            try (var statement = connection.prepareStatement(text)) {
                for (int i = 0; i < arguments.length; i++) {
                    statement.setObject(i + 1, arguments[i]);
                }
                return statement.executeUpdate();
            }
        }
    }
}
