package io.weighbridge.registry.rest;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.licensing.Licenses;
import jakarta.inject.Singleton;
import java.util.List;

/** Finds the models that paths name, and shows models with what is known about their licenses. */
@Singleton
final class ModelViews {
    private final Catalog catalog;
    private final Licenses licenses;

    ModelViews(Catalog catalog, Licenses licenses) {
        this.catalog = catalog;
        this.licenses = licenses;
    }

    /** The model of a path, or a failure that says what is wrong with it. */
    Model model(String owner, String name) {
        var id = reference(owner, name);
        return catalog.find(id).orElseThrow(() -> unknown(id));
    }

    Views.ModelView of(Model model) {
        return Views.of(model, licenses.standing(model.license()));
    }

    List<Views.ModelView> of(List<Model> models) {
        return models.stream().map(this::of).toList();
    }

    static ModelRef reference(String owner, String name) {
        try {
            return new ModelRef(owner, name);
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    static ApiException unknown(ModelRef id) {
        return new ApiException(
                ErrorCode.MODEL_NOT_FOUND, "no model %s in the catalog; GET /api/v1/models lists them".formatted(id));
    }
}
