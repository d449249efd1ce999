package io.weighbridge.registry.inmemory;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogContract;
import java.time.InstantSource;

final class InMemoryCatalogTest extends CatalogContract {
    @Override
    protected Catalog emptyCatalog(InstantSource clock) {
        return new InMemoryCatalog(clock);
    }
}
