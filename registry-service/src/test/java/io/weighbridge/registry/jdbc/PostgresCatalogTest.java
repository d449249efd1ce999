package io.weighbridge.registry.jdbc;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogContract;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class PostgresCatalogTest extends CatalogContract {
    private static @Nullable PostgresServer server;

    @BeforeAll
    static void start() throws Exception {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected Catalog emptyCatalog(InstantSource clock) throws Exception {
        return new JdbcCatalog(
                Databases.migratedAndEmpty(Objects.requireNonNull(server).database()), clock);
    }
}
