package io.weighbridge.gateway.openai;

import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.routing.Attempts.Wish;
import io.weighbridge.gateway.routing.Router;
import io.weighbridge.gateway.snapshot.Snapshot;
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
        var model = gate.model(request.model());
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

    /** Whether a candidate of an alias can do this request: a chat needs a template, and the answer needs room. */
    private boolean suits(Snapshot.Model model, CompletionRequest request) {
        var checkpoint = model.checkpoint();
        var chats = checkpoint == null || !Boolean.FALSE.equals(checkpoint.chatTemplatePresent());
        return (request.shape() != Shape.CHAT || chats) && hasRoom(model, request);
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
