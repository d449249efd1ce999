package io.weighbridge.registry.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.Digest;
import jakarta.inject.Singleton;

/** Builds snapshots. The version is a digest of the models as sent, so equal content has one version in every process. */
@Singleton
public final class Snapshots {
    private final Catalog catalog;
    private final ModelViews views;
    private final ObjectMapper json;

    Snapshots(Catalog catalog, ModelViews views, ObjectMapper json) {
        this.catalog = catalog;
        this.views = views;
        this.json = json;
    }

    Views.SnapshotView current() {
        var models = views.of(catalog.models());
        try {
            return new Views.SnapshotView(
                    Digest.of(json.writeValueAsBytes(models)).toString(), models);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("views are plain records", e);
        }
    }

    /** License records in the current snapshot. */
    public int licenseRecordCount() {
        return current().models().size();
    }
}
