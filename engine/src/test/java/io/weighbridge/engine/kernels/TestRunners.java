package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.runner.ModelRunner;

/** Runners for tests of other packages. */
public final class TestRunners {
    private TestRunners() {}

    /** The kernels with weights in four bits, on one thread. */
    public static ModelRunner fourBit(Decoder decoder) {
        return KernelModelRunnerTest.runner(decoder, WeightBits.FOUR, 1);
    }
}
