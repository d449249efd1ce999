package io.weighbridge.inference.loop;

import io.weighbridge.engine.scheduler.Load;
import io.weighbridge.inference.loading.Loaded;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The one thread of a loaded model, which makes its runner, owns it and closes it: the back end keeps state for each thread, so nothing
 * else may touch it. All other threads talk to it through its queue.
 */
public sealed interface ModelThread permits EngineThread, EncoderThread {
    /** What is known once the weights are in memory. */
    record Opened(int vocabularySize, int contextLength) {}

    /** Starts the thread; the future completes when it can take requests, or with the failure to load. */
    CompletableFuture<Opened> start();

    /** Refuses new requests from now on; those taken are done as ever. Any thread. */
    void drain();

    /** Ends all requests with MODEL_UNLOADED, frees the model, and waits for that. Any thread but this one. */
    void stop() throws InterruptedException;

    /** Drains, waits up to {@code grace} until the requests taken are done, and stops. Any thread but this one. */
    void stop(Duration grace) throws InterruptedException;

    /** Whether the thread lives and, if it has work, has finished a step within {@code stallMax}. */
    boolean isAlive(Duration stallMax);

    /** Whether it ended because something failed. */
    boolean hasFailed();

    /** Whether it is over and nothing failed. */
    boolean hasEndedInOrder();

    /** Where the thread is. */
    StackTraceElement[] stackTrace();

    Load load();

    Loaded loaded();
}
