package io.weighbridge.inference.djl;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.jni.JniUtils;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.RunnerException;

/**
 * libtorch in this process. {@link #start} once; thread counts hold for the whole process and cannot change afterwards.
 * Thread-safe.
 */
public final class DjlBackEnd {
    private static boolean started;

    private DjlBackEnd() {}

    /**
     * Loads the native libraries, with {@code threads} threads for one operation. A second call does nothing.
     *
     * @throws RunnerException naming what could not be loaded
     */
    public static synchronized void start(int threads) {
        if (started) {
            return;
        }
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        try {
            Engine.getEngine(PtEngine.ENGINE_NAME);
        } catch (RuntimeException | LinkageError e) {
            throw new RunnerException("libtorch could not be loaded: " + e.getMessage(), e);
        }
        started = true;
    }

    /** Whether libtorch is loaded. */
    public static synchronized boolean isStarted() {
        return started;
    }

    /**
     * Puts a decoder into memory. The calling thread must be the one that runs it: libtorch's graph optimizer is switched
     * off for this thread only, and its thread pool belongs to it.
     *
     * @param kvCapacityTokens token places of the KV memory, all sequences together
     * @throws IllegalArgumentException when the shapes do not allow {@code numerics}
     */
    public static ModelRunner load(Decoder decoder, Numerics numerics, int kvCapacityTokens, int threads) {
        if (numerics == Numerics.INT4 && !Numerics.fitsInt4(decoder)) {
            throw new IllegalArgumentException(
                    "int4 needs linear layers with inputs in multiples of %d and outputs in multiples of %d; take int8"
                            .formatted(PackedLinear.INT4_GROUP, PackedLinear.INT4_ROW_MULTIPLE));
        }
        start(threads);
        JniUtils.setGraphExecutorOptimize(false);
        return new DjlModelRunner(decoder, numerics, kvCapacityTokens);
    }

    /**
     * Puts an encoder into memory; the calling thread must be the one that runs it.
     *
     * @throws IllegalArgumentException for other numerics than f32, bf16 and int8
     */
    public static EncoderRunner load(Encoder encoder, Numerics numerics, int threads) {
        if (numerics != Numerics.F32 && numerics != Numerics.BF16 && numerics != Numerics.INT8) {
            throw new IllegalArgumentException("encoders run as f32, bf16 or int8, not as " + numerics.label());
        }
        start(threads);
        JniUtils.setGraphExecutorOptimize(false);
        return new DjlEncoderRunner(encoder, numerics);
    }
}
