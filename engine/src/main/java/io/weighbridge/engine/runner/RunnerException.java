package io.weighbridge.engine.runner;

import org.jspecify.annotations.Nullable;

/** The back end failed in a forward pass or while loading. */
public final class RunnerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunnerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
