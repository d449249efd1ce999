package io.weighbridge.gateway.openai;

/** The work of one request. Runs on the event loop of its HTTP connection. */
interface Call {
    /** Begins the work; returns at once. */
    void start();

    /** The client is gone: stop the work on the replicas. Does nothing when the response is complete. */
    void abandon();
}
