package io.weighbridge.registry.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseHistory;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.licensing.Licenses;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database of the first version comes to the present one with all that it held. */
final class MigrationTest {
    private static final String FIRST = """
            INSERT INTO model (id, description, created_at, license_declared, license_detected, license_concluded) VALUES
              ('a/all', 'd', 1700000000, 'apache-2.0', 'mit', 'MIT'),
              ('a/only-declared', 'd', 1700000001, 'a "quoted" \\name', NULL, NULL),
              ('a/conflict', 'd', 1700000002, 'apache-2.0', 'mit', NULL),
              ('a/concluded', 'd', 1700000003, 'apache-2.0', NULL, 'Apache-2.0');
            INSERT INTO pinned_file (model_id, ordinal, path, size_bytes, digest) VALUES
              ('a/all', 0, 'x.gguf', 5, 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
            INSERT INTO file_source (model_id, file, ordinal, source) VALUES ('a/all', 0, 0, 'file:/x.gguf');
            INSERT INTO checkpoint (model_id, revision, format, architecture, parameter_count, quantization, context_length,
                chat_template_present) VALUES ('a/all', 'r', 'GGUF', 'llama', 1, 'F32', 64, false);
            INSERT INTO checkpoint_file (model_id, ordinal, path, size_bytes, digest) VALUES
              ('a/all', 0, 'x.gguf', 5, 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
            """;

    @Test
    void h2_carries_over(@TempDir Path folder) throws Exception {
        var database = new JdbcDataSource();
        database.setURL("jdbc:h2:file:" + folder.resolve("registry"));
        requireCarriedOver(database);
    }

    @Test
    void postgresql_carries_over() throws Exception {
        try (var server = PostgresServer.start()) {
            requireCarriedOver(server.database());
        }
    }

    private static void requireCarriedOver(DataSource database) throws Exception {
        migrate(database, MigrationVersion.fromVersion("1"));
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            for (var one : FIRST.split(";\\n")) {
                statement.executeUpdate(one);
            }
        }
        migrate(database, MigrationVersion.LATEST);
        var catalog = new JdbcCatalog(database, InstantSource.system());
        var licenses = Licenses.shipped();

        assertThat(catalog.models())
                .extracting(m -> m.id().name())
                .containsExactly("all", "concluded", "conflict", "only-declared");
        var all = catalog.find(ModelRef.parse("a/all")).orElseThrow();
        assertThat(all.checkpoint()).isNotNull();
        assertThat(all.createdAt()).isEqualTo(Instant.ofEpochSecond(1_700_000_000));
        assertThat(all.license().declared()).isEqualTo(Declaration.of("apache-2.0"));
        assertThat(all.license().detected()).isEqualTo(Detection.named("mit"));
        assertThat(all.license().entries()).extracting(LicenseHistory.Entry::at).containsOnly(all.createdAt());
        assertThat(licenses.standing(all.license()).concluded()).isEqualTo("MIT");
        assertThat(licenses.standing(all.license()).conflict()).isFalse();
        assertThat(licenses.standing(catalog.find(ModelRef.parse("a/conflict"))
                                .orElseThrow()
                                .license())
                        .conflict())
                .isTrue();
        assertThat(catalog.find(ModelRef.parse("a/only-declared"))
                        .orElseThrow()
                        .license()
                        .declared())
                .isEqualTo(Declaration.of("a \"quoted\" \\name"));

        var concluded = catalog.find(ModelRef.parse("a/concluded"));
        catalog.publish(new CatalogEntry(ModelRef.parse("a/concluded"), "d", "apache-2.0", "Apache-2.0", List.of()));
        assertThat(catalog.find(ModelRef.parse("a/concluded")))
                .as("the next start adds nothing")
                .isEqualTo(concluded);
    }

    private static void migrate(DataSource database, MigrationVersion target) {
        Flyway.configure()
                .dataSource(database)
                .locations("classpath:db/migration")
                .target(target)
                .load()
                .migrate();
    }
}
