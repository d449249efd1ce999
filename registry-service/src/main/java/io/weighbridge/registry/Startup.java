package io.weighbridge.registry;

import io.quarkus.runtime.StartupEvent;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.ingest.CatalogFiles;
import io.weighbridge.registry.ingest.Pulls;
import io.weighbridge.registry.licensing.Licenses;
import io.weighbridge.registry.licensing.Lineages;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.List;
import org.jboss.logging.Logger;

/** What happens once at start, after the migrations: the catalog files go into the database, first pulls begin. */
@Singleton
public final class Startup {
    private static final Logger LOG = Logger.getLogger(Startup.class);

    private final Catalog catalog;
    private final Licenses licenses;
    private final Lineages lineages;
    private final Pulls pulls;
    private final RegistryConfig config;
    private volatile boolean done;

    Startup(Catalog catalog, Licenses licenses, Lineages lineages, Pulls pulls, RegistryConfig config) {
        this.catalog = catalog;
        this.licenses = licenses;
        this.lineages = lineages;
        this.pulls = pulls;
        this.config = config;
    }

    /** Whether the catalog is loaded. */
    public boolean done() {
        return done;
    }

    void run(@Observes StartupEvent event) throws IOException {
        var entries = CatalogFiles.all(config.catalog()).stream()
                .map(licenses::resolved)
                .toList();
        catalog.publish(entries, lineages);
        LOG.infof("catalog loaded: %d models", catalog.models().size());
        pulls.readLicensesAgain();
        for (var id : config.pullAtStart().orElse(List.of())) {
            var entry = catalog.entry(ModelRef.parse(id.strip()))
                    .orElseThrow(() -> new IllegalArgumentException(
                            "weighbridge.registry.pull-at-start names %s, which is not in the catalog".formatted(id)));
            pulls.start(entry);
        }
        done = true;
    }
}
