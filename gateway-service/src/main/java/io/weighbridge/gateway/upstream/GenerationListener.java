package io.weighbridge.gateway.upstream;

import io.weighbridge.v1.GenerateEvent;

/** Receives one completion, on the executor given with it, never two calls at once. */
public interface GenerationListener extends FailureListener {
    /** The call exists; called first, with no event asked for yet. */
    void onOpen(Generation generation);

    void onEvent(GenerateEvent event);

    /** The replica closed the stream. Whether it was whole shows in the events: a whole one had a Finished. */
    void onEnd();
}
