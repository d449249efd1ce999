package io.weighbridge.inference.loading;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loop.ModelThread;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One model of the replica and how far it has come. Thread-safe. */
public final class ModelEntry {
    private final String model;
    private final boolean pinned;
    private final CompletableFuture<Void> outcome = new CompletableFuture<>();
    private State state = State.LOADING;
    private boolean claimed;
    private @Nullable InferenceException failure;
    private String evictedFor = "";
    private Residents.@Nullable Place place;
    private @Nullable ModelThread thread;
    private ModelThread.@Nullable Opened opened;

    /** Where a model stands. */
    public enum State {
        LOADING,
        READY,
        FAILED,
        UNLOADING,
        /** Unloaded to make room for another model. */
        EVICTED
    }

    ModelEntry(String model, boolean pinned) {
        this.model = model;
        this.pinned = pinned;
    }

    public String model() {
        return model;
    }

    /** Whether the model belongs to the configuration and never makes room for others. */
    public boolean pinned() {
        return pinned;
    }

    public synchronized State state() {
        return state;
    }

    /** Why it is FAILED or EVICTED; empty otherwise. */
    public synchronized String failure() {
        return switch (state) {
            case FAILED -> failure == null ? "" : String.valueOf(failure.getMessage());
            case EVICTED -> "unloaded to make room for '%s'; LoadModel brings it back".formatted(evictedFor);
            case LOADING, READY, UNLOADING -> "";
        };
    }

    /** The model's thread; null as long as none has started. */
    public synchronized @Nullable ModelThread thread() {
        return thread;
    }

    /** Vocabulary and context; null as long as they are not known. */
    public synchronized ModelThread.@Nullable Opened opened() {
        return opened;
    }

    /** Its share of the memory budget; null as long as it has none. */
    synchronized Residents.@Nullable Place place() {
        return place;
    }

    /** Completes when the model can answer, or with an {@link InferenceException}. */
    CompletableFuture<Void> outcome() {
        return outcome;
    }

    synchronized String describe() {
        var why = failure();
        return why.isEmpty() ? "it is " + state.name().toLowerCase(Locale.ROOT) : why;
    }

    /** True for the first caller, who loads. */
    synchronized boolean claim() {
        boolean first = !claimed;
        claimed = true;
        return first;
    }

    /**
     * A model that failed before its engine ran, or that was evicted, may be loaded again. After a failure of its engine only a
     * restart helps.
     */
    synchronized boolean canBeReplaced() {
        return state == State.EVICTED || state == State.FAILED && thread == null;
    }

    synchronized void settle(Residents.Place itsPlace) {
        place = itsPlace;
    }

    /** The weights are in memory. */
    synchronized void opened(ModelThread modelThread, ModelThread.Opened whatOpened) {
        thread = modelThread;
        opened = whatOpened;
    }

    /** False if the model is no longer wanted; the caller must stop the thread then. */
    synchronized boolean ready() {
        if (state != State.LOADING) {
            return false;
        }
        state = State.READY;
        outcome.complete(null);
        return true;
    }

    synchronized void fail(InferenceException why) {
        if (state == State.LOADING || state == State.READY) {
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

    /** It is gone from memory because {@code other} needed the room. */
    synchronized void evicted(String other) {
        evictedFor = other;
        state = State.EVICTED;
    }
}
