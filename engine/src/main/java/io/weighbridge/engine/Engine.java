package io.weighbridge.engine;

import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.scheduler.Admission;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.Scheduler;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import java.util.List;

/** Runs many sequences over one loaded model. Not thread-safe: one thread owns it and calls {@link #step}. */
public final class Engine {
    private final ModelRunner runner;
    private final Scheduler scheduler;

    /** An engine over {@code runner}, which stays the caller's to close. */
    public Engine(ModelRunner runner, SchedulerLimits limits) {
        this.runner = runner;
        this.scheduler = new Scheduler(limits, runner.contextLength(), runner.kvCapacityTokens());
    }

    /** Takes a new sequence, or says why not. */
    public Admission add(Sequence sequence) {
        return scheduler.add(sequence);
    }

    /** One forward pass over what can run now; what came of it. After an exception the engine must not be used again. */
    public List<Progress> step() {
        var batch = scheduler.schedule();
        if (batch.isEmpty()) {
            return scheduler.takeCancelled();
        }
        return scheduler.advance(batch, runner.run(batch));
    }

    /** Whether a step would do anything. */
    public boolean hasWork() {
        return scheduler.hasWork();
    }

    public int runningCount() {
        return scheduler.runningCount();
    }

    public int waitingCount() {
        return scheduler.waitingCount();
    }

    /** Most tokens of one sequence, prompt and completion together. */
    public int contextLength() {
        return scheduler.contextLength();
    }

    /** Share of the KV places that are taken, 0 to 1. */
    public double kvUsage() {
        return scheduler.kvUsage();
    }
}
