package io.weighbridge.registry;

import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.arc.InjectableInstance;
import io.weighbridge.license.openness.OpennessCatalog;
import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.ingest.Pulls;
import io.weighbridge.registry.ingest.Sources;
import io.weighbridge.registry.jdbc.JdbcCatalog;
import io.weighbridge.registry.licensing.Licenses;
import io.weighbridge.registry.licensing.Lineages;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;

/** Builds the plain objects of the domain from configuration. */
final class Wiring {
    /** PostgreSQL with profile {@code pg}, else the embedded database. */
    @Produces
    @Singleton
    Catalog catalog(
            @DataSource("h2") InjectableInstance<AgroalDataSource> h2,
            @DataSource("pg") InjectableInstance<AgroalDataSource> pg) {
        var database = pg.getHandle().getBean().isActive() ? pg.get() : h2.get();
        return new JdbcCatalog(database, InstantSource.system());
    }

    @Produces
    @Singleton
    Licenses licenses() {
        return Licenses.shipped();
    }

    @Produces
    @Singleton
    Lineages lineages(Licenses licenses) {
        return new Lineages(licenses);
    }

    @Produces
    @Singleton
    BlobStore blobs(RegistryConfig config) {
        return new BlobStore(config.blobs());
    }

    @Produces
    @Singleton
    Pulls pulls(Catalog catalog, BlobStore blobs, Licenses licenses, RegistryConfig config) {
        var settings = new Sources.Settings(
                config.hubEndpoint(),
                config.hubToken().filter(token -> !token.isBlank()).orElse(null),
                config.connectTimeout(),
                config.answerTimeout(),
                config.python(),
                config.packageTimeout(),
                Map.of());
        return new Pulls(catalog, blobs, new Sources(blobs, settings), licenses.files());
    }

    /** Read once, at start, which a damaged file of the operator's stops. */
    @Produces
    @Singleton
    @io.quarkus.runtime.Startup
    OpennessCatalog openness(RegistryConfig config) {
        return OpennessCatalog.shippedAnd(config.openness());
    }

    void close(@Disposes Pulls pulls) {
        pulls.close();
    }
}
