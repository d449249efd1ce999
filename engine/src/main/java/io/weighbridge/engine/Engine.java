package io.weighbridge.engine;

import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.scheduler.Admission;
import io.weighbridge.engine.scheduler.Load;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.Scheduler;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Runs many sequences over one loaded model. Not thread-safe: one thread owns it and calls {@link #step}. */
public final class Engine {
    private final ModelRunner runner;
    private final Scheduler scheduler;

    /** An engine over {@code runner}, which stays the caller's to close. */
    public Engine(ModelRunner runner, SchedulerLimits limits) {
        this(runner, limits, System::nanoTime);
    }

    /** The same with a clock of its own, in nanoseconds from any start. */
    public Engine(ModelRunner runner, SchedulerLimits limits, LongSupplier clock) {
        this.runner = runner;
        var held = limits.speculating(limits.speculation() && runner.isSameInAnyBatch());
        this.scheduler = new Scheduler(held, runner.contextLength(), runner.kvBlockCount(), clock);
    }

    /** What is around each forward pass: it may note who is in it. */
    public interface Passage {
        /** Gives back what {@code pass} gives; called on the engine's thread. */
        float[][] through(List<Sequence> sequences, Supplier<float[][]> pass);
    }

    /** Takes a new sequence with all that follow it, or says why not. */
    public Admission add(Sequence sequence) {
        return scheduler.add(sequence);
    }

    /** One forward pass over what can run now; what came of it. After an exception the engine must not be used again. */
    public List<Progress> step() {
        return step((_, pass) -> pass.get());
    }

    /** The same with something around the forward pass. */
    public List<Progress> step(Passage passage) {
        var batch = scheduler.schedule();
        if (batch.isEmpty()) {
            return scheduler.takeEnded();
        }
        return scheduler.advance(batch, passage.through(scheduler.stepSequences(), () -> runner.run(batch)));
    }

    /** Whether a step would do anything. */
    public boolean hasWork() {
        return scheduler.hasWork();
    }

    /** Refuses new sequences from now on; those that wait and run are done as ever. */
    public void drain() {
        scheduler.drain();
    }

    /** Most tokens of one sequence, prompt and completion together. */
    public int contextLength() {
        return scheduler.contextLength();
    }

    /** What goes on now. */
    public Load load() {
        return scheduler.load();
    }
}
