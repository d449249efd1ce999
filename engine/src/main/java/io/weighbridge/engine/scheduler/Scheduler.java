package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.sampling.Sampler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Chooses the batch of each step and takes the sequences forward by its logits. Every running sequence that decodes gets its
 * token in every step; what is left of the step's tokens goes to prompts, in order of arrival, in chunks. A sequence holds
 * one contiguous range of KV places, prompt and completion together, from its first chunk to its end, so that a running
 * sequence never has to give way. The first waiting sequence is never overtaken: it starts as soon as a range is free. Not
 * thread-safe: the engine's thread owns it.
 */
public final class Scheduler {
    private final SchedulerLimits limits;
    private final KvSpace kvSpace;
    private final int contextLength;
    private final Sampler sampler = new Sampler();
    private final Deque<Sequence> waiting = new ArrayDeque<>();
    private final List<Sequence> running = new ArrayList<>();
    /** The sequences of the batch handed out last, in its order; empty when none is under way. */
    private List<Sequence> scheduled = List.of();

    private final List<Progress> cancelled = new ArrayList<>();

    /** A scheduler for one runner's memory; a sequence is at most {@code contextLength} and the KV memory long. */
    public Scheduler(SchedulerLimits limits, int contextLength, int kvCapacityTokens) {
        this.limits = limits;
        this.kvSpace = new KvSpace(kvCapacityTokens);
        this.contextLength = Math.min(contextLength, kvCapacityTokens);
    }

    /** Takes a new sequence to the end of the queue, or says why not. */
    public Admission add(Sequence sequence) {
        if (sequence.promptLength() >= contextLength) {
            return new Admission.ContextLengthExceeded(sequence.promptLength(), contextLength);
        }
        if (waiting.size() >= limits.sequencesWaitingMax()) {
            return new Admission.QueueFull(limits.sequencesWaitingMax());
        }
        sequence.clipTo(contextLength);
        waiting.addLast(sequence);
        return new Admission.Accepted();
    }

    /** The batch of the next step; empty when there is nothing to do. Cancelled sequences end here. */
    public Batch schedule() {
        endCancelled(running.iterator());
        endCancelled(waiting.iterator());
        var slices = new ArrayList<Batch.Slice>();
        var sequences = new ArrayList<Sequence>();
        int tokensLeft = limits.tokensPerStepMax();
        for (var sequence : running) {
            if (sequence.isDecoding()) {
                tokensLeft -= addSlice(sequence, 1, slices, sequences);
            }
        }
        for (var sequence : running) {
            if (!sequence.isDecoding() && tokensLeft > 0) {
                tokensLeft -= addSlice(sequence, tokensLeft, slices, sequences);
            }
        }
        while (tokensLeft > 0 && startFirstWaiting()) {
            tokensLeft -= addSlice(running.getLast(), tokensLeft, slices, sequences);
        }
        scheduled = sequences;
        return new Batch(slices);
    }

    /** Takes the sequences of the batch from {@link #schedule} forward by its logits; what came of it. */
    public List<Progress> advance(Batch batch, float[][] logits) {
        if (batch.slices().size() != scheduled.size() || logits.length != scheduled.size()) {
            throw new IllegalStateException("%d slices and %d rows of logits for %d scheduled sequences"
                    .formatted(batch.slices().size(), logits.length, scheduled.size()));
        }
        var progress = new ArrayList<>(takeCancelled());
        for (int i = 0; i < scheduled.size(); i++) {
            var slice = batch.slices().get(i);
            var sequence = scheduled.get(i);
            sequence.computed(slice.tokenIds().length);
            if (slice.logitsWanted()) {
                generate(sequence, logits[i], progress);
            }
        }
        scheduled = List.of();
        return progress;
    }

    /** The sequences that ended by cancellation since the last call or {@link #advance}. */
    public List<Progress> takeCancelled() {
        var taken = List.copyOf(cancelled);
        cancelled.clear();
        return taken;
    }

    public boolean hasWork() {
        return !running.isEmpty() || !waiting.isEmpty();
    }

    public int runningCount() {
        return running.size();
    }

    public int waitingCount() {
        return waiting.size();
    }

    /** Most tokens of one sequence. */
    public int contextLength() {
        return contextLength;
    }

    /** Share of the KV places that are taken, 0 to 1. */
    public double kvUsage() {
        return (double) kvSpace.usedPlaces() / kvSpace.capacity();
    }

    private void endCancelled(Iterator<Sequence> sequences) {
        while (sequences.hasNext()) {
            var sequence = sequences.next();
            if (sequence.isCancelled()) {
                sequences.remove();
                cancelled.add(end(sequence, FinishReason.CANCELLED));
            }
        }
    }

    private static int addSlice(Sequence sequence, int tokensMax, List<Batch.Slice> slices, List<Sequence> sequences) {
        int count = Math.min(tokensMax, sequence.uncomputed());
        slices.add(new Batch.Slice(
                sequence.nextUncomputed(count),
                sequence.computed(),
                sequence.kvStart(),
                count == sequence.uncomputed()));
        sequences.add(sequence);
        return count;
    }

    private boolean startFirstWaiting() {
        var first = waiting.peekFirst();
        if (first == null || running.size() >= limits.sequencesRunningMax()) {
            return false;
        }
        var start = kvSpace.allocate(first.kvLength());
        if (start.isEmpty()) {
            return false;
        }
        waiting.removeFirst();
        first.run(start.getAsInt());
        running.add(first);
        return true;
    }

    private void generate(Sequence sequence, float[] logits, List<Progress> progress) {
        int tokenId = sampler.sample(logits, sequence.sampling(), sequence.length());
        if (sequence.isEndToken(tokenId)) {
            running.remove(sequence);
            progress.add(end(sequence, FinishReason.STOP));
            return;
        }
        sequence.append(tokenId);
        progress.add(new Progress.Token(sequence, tokenId));
        if (sequence.isFull()) {
            running.remove(sequence);
            progress.add(end(sequence, FinishReason.LENGTH));
        }
    }

    private Progress.Ended end(Sequence sequence, FinishReason reason) {
        if (sequence.state() == Sequence.State.RUNNING) {
            kvSpace.free(sequence.kvStart());
        }
        sequence.finish();
        return new Progress.Ended(sequence, reason);
    }
}
