package io.weighbridge.gateway.upstream;

/** Receives the one answer to a {@link Question}, on the executor given with it, never two calls at once. */
public interface AnswerListener<A> extends FailureListener {
    /** The call exists; called first. Running {@code cancel} stops the work on the replica; nothing is heard afterwards. */
    void onOpen(Runnable cancel);

    void onAnswer(A answer);
}
