package io.weighbridge.registry.jdbc;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Brings a test's database to the shipped schema. */
final class Databases {
    private Databases() {}

    static DataSource migratedAndEmpty(DataSource database) throws SQLException {
        Flyway.configure()
                .dataSource(database)
                .locations("classpath:db/migration")
                .load()
                .migrate();
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM model");
        }
        return database;
    }
}
