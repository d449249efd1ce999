package io.weighbridge.registry.jdbc;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogContract;
import java.nio.file.Path;
import java.time.InstantSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.io.TempDir;

final class H2CatalogTest extends CatalogContract {
    @TempDir
    private Path folder;

    @Override
    protected Catalog emptyCatalog(InstantSource clock) throws Exception {
        var database = new JdbcDataSource();
        database.setURL("jdbc:h2:file:" + folder.resolve("registry"));
        return new JdbcCatalog(Databases.migratedAndEmpty(database), clock);
    }
}
