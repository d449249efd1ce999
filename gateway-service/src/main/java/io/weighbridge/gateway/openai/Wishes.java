package io.weighbridge.gateway.openai;

import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.routing.Attempts.Wish;
import io.weighbridge.gateway.routing.Router;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.v1.Task;
import jakarta.enterprise.context.ApplicationScoped;

/** What the field {@code model} of a request stands for: one model, or the candidates of an alias. */
@ApplicationScoped
public class Wishes {
    private final KeyFile keys;
    private final LicenseGate gate;
    private final Router router;

    Wishes(KeyFile keys, LicenseGate gate, Router router) {
        this.keys = keys;
        this.gate = gate;
        this.router = router;
    }

    /** The models to try, or a 404; a token limit that no prompt could leave room for is a 400. */
    Wish of(CompletionRequest request) {
        var alias = keys.current().aliases().get(request.model());
        if (alias != null) {
            return new Wish(
                    request.model(),
                    alias.candidates(gate.snapshot()),
                    model -> alias.requires().metBy(model) && suits(model, request));
        }
        var model = able(gate.model(request.model()), Task.TASK_GENERATE);
        if (!hasRoom(model, request)) {
            throw new ApiException(
                    ErrorCode.INVALID_VALUE,
                    "'%s' is %d, but %s has a context of %d tokens for prompt and completion together"
                            .formatted(
                                    request.maxTokensField(),
                                    request.generate().getMaxTokens(),
                                    model.id(),
                                    contextLength(model)),
                    request.maxTokensField());
        }
        return Wish.of(model.id());
    }

    /** The models to try for a task other than completions: a 404, or a 400 where the model named is not made for it. */
    Wish of(String name, Task task) {
        var alias = keys.current().aliases().get(name);
        if (alias != null) {
            return new Wish(
                    name,
                    alias.candidates(gate.snapshot()),
                    model -> alias.requires().metBy(model) && router.can(model.id(), task));
        }
        return Wish.of(able(gate.model(name), task).id());
    }

    private Snapshot.Model able(Snapshot.Model model, Task task) {
        if (!router.can(model.id(), task)) {
            throw new ApiException(
                    ErrorCode.INVALID_VALUE,
                    "'%s' %s; it is for %s, or name another model"
                            .formatted(model.id(), Tasks.missing(task), Tasks.routes(router.tasks(model.id()))),
                    "model");
        }
        return model;
    }

    /** Whether a candidate of an alias can do this request: a chat needs a template, and the answer needs room. */
    private boolean suits(Snapshot.Model model, CompletionRequest request) {
        var checkpoint = model.checkpoint();
        var chats = checkpoint == null || !Boolean.FALSE.equals(checkpoint.chatTemplatePresent());
        return router.can(model.id(), Task.TASK_GENERATE)
                && (request.shape() != Shape.CHAT || chats)
                && hasRoom(model, request);
    }

    private boolean hasRoom(Snapshot.Model model, CompletionRequest request) {
        var length = contextLength(model);
        return length == 0
                || !request.generate().hasMaxTokens()
                || request.generate().getMaxTokens() < length;
    }

    private int contextLength(Snapshot.Model model) {
        return Math.max(model.contextLength(), router.contextLength(model.id()));
    }
}
