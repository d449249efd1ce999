package io.weighbridge.registry.ingest;

import io.weighbridge.registry.catalog.ModelRef;
import org.jspecify.annotations.Nullable;

/**
 * One pull at one moment.
 *
 * @param source the source being tried, or the one that delivered
 * @param failure with {@link State#FAILED}: every source tried and why it did not deliver
 */
public record PullStatus(
        String id,
        ModelRef model,
        State state,
        @Nullable String source,
        long bytesDone,
        long bytesTotal,
        @Nullable String failure) {
    /** Where a pull stands. */
    public enum State {
        RUNNING,
        SUCCEEDED,
        FAILED
    }

    public boolean ended() {
        return state != State.RUNNING;
    }
}
