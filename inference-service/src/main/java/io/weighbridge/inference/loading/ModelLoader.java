package io.weighbridge.inference.loading;

import io.weighbridge.inference.InferenceException;

/** Brings models into memory. Thread-safe. */
public interface ModelLoader {
    /**
     * Loads the native back end. Done once, before any model.
     *
     * @throws RuntimeException naming what could not be loaded
     */
    void startBackEnd();

    boolean isBackEndStarted();

    /**
     * Everything of the model but its weights in memory; those come with {@link LoadedModel#openRunner} and its like. May take minutes.
     *
     * @param memory for the choice of the model's numerics, and to measure them
     * @throws InferenceException when the model cannot be had
     */
    Loaded load(String model, ModelMemory memory);
}
