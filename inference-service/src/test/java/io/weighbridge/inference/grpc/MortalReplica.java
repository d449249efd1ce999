package io.weighbridge.inference.grpc;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.inference.ScriptedModelLoader;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.inference.loading.ModelLoader;
import io.weighbridge.inference.loading.ModelMemory;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A replica in a process of its own, with a model that dies of some prompts as native code does. */
final class MortalReplica {
    static final String MODEL = "test/mortal";
    /** A token of a prompt that ends the process at once. */
    static final int DEADLY = 13;
    /** A token of a prompt whose step does not come back. */
    static final int ENDLESS = 66;

    static final int EXIT_DEAD = 134;
    /** What a step takes, so that requests meet in steps. */
    private static final long STEP_MILLIS = 2;

    private MortalReplica() {}

    /** Port and home. */
    public static void main(String[] arguments) throws Exception {
        var settings = Map.of("step-stall-max", "500ms", "sequences-running-max", "16");
        try (var replica = new Replica(Integer.parseInt(arguments[0]), new Loader(), arguments[1], settings)) {
            replica.models.loadAndWait(MODEL);
            System.out.println("ready");
            new CountDownLatch(1).await();
        }
    }

    private static final class Loader implements ModelLoader {
        @Override
        public void startBackEnd() {}

        @Override
        public boolean isBackEndStarted() {
            return true;
        }

        @Override
        public LoadedModel load(String model, ModelMemory memory) {
            return ScriptedModelLoader.loaded(model, Mortal::new);
        }
    }

    private static final class Mortal implements ModelRunner {
        private final ScriptedModelRunner scripted =
                new ScriptedModelRunner(ScriptedModelLoader.VOCABULARY, 2000, 2000, ids -> 20 + ids.length % 40);

        @Override
        public int vocabularySize() {
            return scripted.vocabularySize();
        }

        @Override
        public int contextLength() {
            return scripted.contextLength();
        }

        @Override
        public int kvBlockCount() {
            return scripted.kvBlockCount();
        }

        @Override
        public float[][] run(Batch batch) {
            try {
                Thread.sleep(STEP_MILLIS);
                for (var slice : batch.slices()) {
                    for (int tokenId : slice.tokenIds()) {
                        if (tokenId == DEADLY) {
                            Runtime.getRuntime().halt(EXIT_DEAD);
                        } else if (tokenId == ENDLESS) {
                            new CountDownLatch(1).await();
                        }
                    }
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return scripted.run(batch);
        }

        @Override
        public void close() {
            scripted.close();
        }
    }
}
