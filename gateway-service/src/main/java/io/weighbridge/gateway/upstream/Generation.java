package io.weighbridge.gateway.upstream;

/** One running completion on a replica. Its listener gets an event only after it was asked for one. */
public interface Generation {
    /** Asks for one more event: the listener's back-pressure. */
    void requestOne();

    /** Stops the work on the replica within one step. The listener is not called again. */
    void cancel();
}
