package io.weighbridge.gateway.routing;

import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.snapshot.Snapshot;
import java.util.Comparator;
import java.util.List;

/** What a caller may use in place of a model that it may not use. Walks the catalog, so only refusals ask for it. */
public final class Alternatives {
    /** Most alternatives that a refusal names. */
    public static final int ALTERNATIVES_MAX = 5;

    private Alternatives() {}

    /** The ids of models that this caller may use and that a replica serves now, nearest first: same task, then context, then size. */
    public static List<String> to(Snapshot.Model refused, Requester requester, LicenseGate gate, Router router) {
        return gate.snapshot().models().stream()
                .filter(model -> !model.id().equals(refused.id()) && router.ready(model.id()))
                .sorted(Comparator.comparing((Snapshot.Model model) -> !sameTasks(router, model, refused))
                        .thenComparing(model -> chats(model) != chats(refused))
                        .thenComparing(model -> takesMore(model) != takesMore(refused))
                        .thenComparingDouble(model -> distance(model.contextLength(), refused.contextLength()))
                        .thenComparingDouble(model -> distance(model.parameterCount(), refused.parameterCount()))
                        .thenComparing(Snapshot.Model::id))
                .filter(model -> gate.permits(model, requester))
                .limit(ALTERNATIVES_MAX)
                .map(Snapshot.Model::id)
                .toList();
    }

    /** Whether both can be asked for the same, as far as is known. */
    private static boolean sameTasks(Router router, Snapshot.Model one, Snapshot.Model other) {
        return router.tasks(one.id()).equals(router.tasks(other.id()));
    }

    private static boolean chats(Snapshot.Model model) {
        var checkpoint = model.checkpoint();
        return checkpoint != null && Boolean.TRUE.equals(checkpoint.chatTemplatePresent());
    }

    private static boolean takesMore(Snapshot.Model model) {
        return Boolean.TRUE.equals(model.multimodal());
    }

    /** How many times larger one is than the other, as a logarithm; far when one is not known. */
    private static double distance(double one, double other) {
        return one <= 0 || other <= 0 ? Double.MAX_VALUE : Math.abs(Math.log(one / other));
    }
}
