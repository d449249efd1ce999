package io.weighbridge.gateway.admission;

import io.weighbridge.gateway.admission.Decision.Phase;

/** Takes down every decision that answers a request. Safe for any thread; does not block. */
@FunctionalInterface
public interface DecisionLog {
    /** Keeps nothing: for gateways that are configured so. */
    DecisionLog NONE = (_, _, _) -> {};

    /** Takes {@code decision}, or throws a 503: what cannot be recorded is not answered. */
    void record(Decision decision, Requester requester, Phase phase);
}
