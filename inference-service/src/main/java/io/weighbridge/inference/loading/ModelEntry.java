package io.weighbridge.inference.loading;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loop.EngineThread;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One model of the replica and how far it has come. Thread-safe. */
public final class ModelEntry {
    private final String model;
    private final CompletableFuture<Void> outcome = new CompletableFuture<>();
    private State state = State.LOADING;
    private boolean claimed;
    private @Nullable InferenceException failure;
    private @Nullable EngineThread thread;
    private EngineThread.@Nullable Opened opened;

    /** Where a model stands. */
    public enum State {
        LOADING,
        READY,
        FAILED,
        UNLOADING
    }

    ModelEntry(String model) {
        this.model = model;
    }

    public String model() {
        return model;
    }

    public synchronized State state() {
        return state;
    }

    /** Why it is FAILED; empty otherwise. */
    public synchronized String failure() {
        return failure == null ? "" : String.valueOf(failure.getMessage());
    }

    /** The engine's thread; null as long as none has started. */
    public synchronized @Nullable EngineThread thread() {
        return thread;
    }

    /** Vocabulary and context; null as long as they are not known. */
    public synchronized EngineThread.@Nullable Opened opened() {
        return opened;
    }

    /** Completes when the model can answer, or with an {@link InferenceException}. */
    CompletableFuture<Void> outcome() {
        return outcome;
    }

    synchronized String describe() {
        return failure == null ? "it is " + state.name().toLowerCase(java.util.Locale.ROOT) : failure();
    }

    /** True for the first caller, who loads. */
    synchronized boolean claim() {
        boolean first = !claimed;
        claimed = true;
        return first;
    }

    /** A model that failed before its engine ran may be tried again. After that, only a restart helps. */
    synchronized boolean canBeReplaced() {
        return state == State.FAILED && thread == null;
    }

    /** False if the model is no longer wanted; the caller must stop the thread then. */
    synchronized boolean ready(EngineThread engineThread, EngineThread.Opened whatOpened) {
        if (state != State.LOADING) {
            return false;
        }
        thread = engineThread;
        opened = whatOpened;
        state = State.READY;
        outcome.complete(null);
        return true;
    }

    synchronized void fail(InferenceException why) {
        if (state != State.UNLOADING) {
            failure = why;
            state = State.FAILED;
        }
        outcome.completeExceptionally(why);
    }

    synchronized void unload() {
        state = State.UNLOADING;
        outcome.completeExceptionally(
                new InferenceException(ErrorCode.MODEL_UNLOADED, "model '%s' was unloaded".formatted(model)));
    }
}
