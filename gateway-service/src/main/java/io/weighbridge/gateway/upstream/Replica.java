package io.weighbridge.gateway.upstream;

import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.ModelStatus;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One inference process. Safe for any thread. */
public interface Replica {
    String address();

    /** What the replica last said about this model, or null when it is lost or does not have it. */
    @Nullable
    ModelStatus status(String model);

    boolean ready(String model);

    /**
     * Starts a completion of the admitted model, whichever model {@code request} names; {@code listener} is called on
     * {@code executor}. Spends the admission: this and {@link #ask} are the only ways to a replica, and each use needs a decision of its
     * own.
     */
    void generate(Admission admission, GenerateRequest request, Executor executor, GenerationListener listener);

    /** Asks the admitted model; all else as {@link #generate}. */
    <A> void ask(Admission admission, Question<A> question, Executor executor, AnswerListener<A> listener);
}
