package io.weighbridge.engine.fuzz;

import java.util.random.RandomGenerator;

/** One reader of untrusted data, and where inputs for it come from. One thread uses it. */
interface Target {
    /** The next input; the same for the same state of {@code random}. */
    Input next(RandomGenerator random) throws Exception;

    /** Whether {@code failure} is how the reader refuses, as its documentation says. */
    boolean isRefusal(Throwable failure);

    /** The most that one input may cost. */
    Limits limits();

    /**
     * One input, made and ready.
     *
     * @param bytes its size, with the files that are read beside it
     * @param reading reads it in full; returns when it is usable, throws when it is not
     */
    record Input(long bytes, Reading reading) {}

    /** What is done with an input. */
    @FunctionalInterface
    interface Reading {
        void run() throws Exception;
    }

    /**
     * What one input may cost.
     *
     * @param allocatedBytes heap memory allocated in total, whatever the input's size
     * @param allocatedBytesPerByte and that much for each byte of the input
     * @param cpuMillis time of the processor
     */
    record Limits(long allocatedBytes, long allocatedBytesPerByte, long cpuMillis) {
        /**
         * For what is read from files. A byte of a file can become an object: the empty strings of a GGUF list, eight bytes
         * each, cost most.
         */
        static final Limits FILES = new Limits(4 << 20, 64, 2_000);
    }
}
