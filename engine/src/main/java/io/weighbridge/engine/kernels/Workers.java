package io.weighbridge.engine.kernels;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The calling thread and some daemon threads that share loops. Indices are taken one by one, so a thread that the machine holds
 * up delays no more than the index it has. On an idle machine a worker looks for the next loop for {@link #SPIN_NANOS}, then
 * sleeps. One thread at a time may call {@link #run}.
 */
final class Workers implements AutoCloseable {
    /** Most threads, the caller included. */
    static final int THREADS_MAX = 256;

    /** Longer than the pauses inside a step, shorter than anybody would notice on an idle machine: 100 microseconds. */
    static final long SPIN_NANOS = 100_000;

    /** Looks at the clock, and lets others run, once in so many turns of waiting. */
    private static final int TURNS = 64;

    private final Worker[] workers;
    private volatile Loop current = new Loop((index, worker) -> {}, 0, 1);
    private volatile boolean closed;

    /** One turn of a loop. */
    @FunctionalInterface
    interface Turn {
        /** {@code worker} is 0 for the caller; no two turns run under one worker at a time. */
        void run(int index, int worker);
    }

    Workers(int threads) {
        if (threads < 1 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("threads must be 1 to %d, is %d".formatted(THREADS_MAX, threads));
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].thread.start();
        }
    }

    /** Threads, the caller included. */
    int count() {
        return workers.length + 1;
    }

    /** Runs {@code turn} for every index below {@code count}, each once, and returns when all are done. */
    void run(int count, Turn turn) {
        if (count <= 1 || workers.length == 0) {
            for (int i = 0; i < count; i++) {
                turn.run(i, 0);
            }
            return;
        }
        var loop = new Loop(turn, count, count());
        current = loop;
        for (int i = 0; i < Math.min(workers.length, count - 1); i++) {
            workers[i].wake();
        }
        loop.help(0);
        loop.await();
        loop.rethrow();
    }

    @Override
    public void close() {
        closed = true;
        for (var worker : workers) {
            LockSupport.unpark(worker.thread);
        }
        for (var worker : workers) {
            worker.join();
        }
    }

    /**
     * One call of {@link #run}. Every worker has a run of indices of its own, because neighbors often read neighboring memory that
     * is best fetched by one core; who is done helps others. A worker that comes late finds no index left and can do no harm.
     */
    private static final class Loop {
        /** Counters lie this many ints apart, so that no two share a cache line. */
        private static final int APART = 32;

        private final Turn turn;
        private final int count;
        private final int workers;
        private final AtomicIntegerArray taken;
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Loop(Turn turn, int count, int workers) {
            this.turn = turn;
            this.count = count;
            this.workers = workers;
            taken = new AtomicIntegerArray((workers + 1) * APART);
        }

        void help(int worker) {
            var mine = 0;
            for (int i = 0; i < workers; i++) {
                mine += takeFrom((worker + i) % workers, worker);
            }
            if (mine > 0) {
                done.addAndGet(mine);
            }
        }

        private int takeFrom(int owner, int worker) {
            int from = start(owner);
            int size = start(owner + 1) - from;
            int at = (owner + 1) * APART;
            if (taken.get(at) >= size) {
                return 0;
            }
            var mine = 0;
            for (int i = taken.getAndIncrement(at); i < size; i = taken.getAndIncrement(at)) {
                try {
                    turn.run(from + i, worker);
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
                mine++;
            }
            return mine;
        }

        private int start(int owner) {
            return (int) ((long) count * owner / workers);
        }

        void await() {
            for (int turns = 1; done.get() < count; turns++) {
                Thread.onSpinWait();
                if (turns % (TURNS * TURNS) == 0) {
                    Thread.yield();
                }
            }
        }

        void rethrow() {
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    private final class Worker {
        private final int number;
        private final Thread thread;
        private final AtomicBoolean asleep = new AtomicBoolean();

        Worker(int number) {
            this.number = number;
            thread =
                    Thread.ofPlatform().daemon().name("kernel-worker-" + number).unstarted(this::work);
        }

        void wake() {
            if (asleep.get() && asleep.compareAndSet(true, false)) {
                LockSupport.unpark(thread);
            }
        }

        private void work() {
            var seen = current;
            while (!closed) {
                var loop = current;
                if (loop != seen) {
                    seen = loop;
                    loop.help(number);
                } else if (!spin(seen)) {
                    sleep(seen);
                }
            }
        }

        /** Whether another loop came while this looked for it. */
        private boolean spin(Loop seen) {
            var started = System.nanoTime();
            for (int turns = 1; current == seen; turns++) {
                Thread.onSpinWait();
                if (turns % TURNS == 0 && System.nanoTime() - started > SPIN_NANOS) {
                    return false;
                }
            }
            return true;
        }

        private void sleep(Loop seen) {
            asleep.set(true);
            while (asleep.get() && current == seen && !closed) {
                LockSupport.park(Workers.this);
            }
            asleep.set(false);
        }

        private void join() {
            var interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
