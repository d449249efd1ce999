package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ModelRunnerContract;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract without any tolerance, over a tiny checkpoint of every family, each held in other numerics. */
@ParameterizedClass
@MethodSource("folders")
class FamiliesContractTest extends ModelRunnerContract {
    private static final int KV_PLACES = 300;
    private static final int PROMPT_TOKENS_MAX = 80;

    private final Checkpoint checkpoint;
    private final ModelRunner runner;

    static List<String> folders() {
        return Golden.FOLDERS;
    }

    FamiliesContractTest(String folder) {
        checkpoint = Checkpoints.open(Golden.path(folder));
        var bits = WeightBits.values()[Golden.FOLDERS.indexOf(folder) % WeightBits.values().length];
        runner = new KernelModelRunner(Decoders.of(checkpoint), bits, WeightBits.EIGHT, KV_PLACES, 2);
    }

    @AfterEach
    void close() {
        runner.close();
        checkpoint.close();
    }

    @Override
    protected ModelRunner runner() {
        return runner;
    }

    @Override
    protected int[] somePrompt(RandomGenerator random) {
        return random.ints(random.nextInt(4, PROMPT_TOKENS_MAX), 0, runner.vocabularySize())
                .toArray();
    }

    /** Not a bit. */
    @Override
    protected float tolerance() {
        return 0;
    }
}
