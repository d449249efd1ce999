package io.weighbridge.engine.scheduler;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.PriorityQueue;

/**
 * When a sequence that comes now will probably start and end, if all goes on at the pace of late. Prompts are computed one after
 * the other, a sequence holds one of the running places from its prompt's beginning to its completion's end.
 */
record Forecast(Duration start, Duration end) {
    /** Nothing is known, so nothing is too late. */
    static final Forecast UNKNOWN = new Forecast(Duration.ZERO, Duration.ZERO);

    /**
     * @param cachedTokens of the newcomer's prompt that need not be computed
     * @param ahead those that wait and will start before it, in any order
     */
    static Forecast of(
            Sequence newcomer,
            int cachedTokens,
            Collection<Sequence> running,
            Collection<Sequence> ahead,
            int runningMax,
            Pace pace) {
        var placesFree = new PriorityQueue<Double>(); // when each place is free
        double promptsDone = 0;
        for (var sequence : running) {
            promptsDone += promptNanos(sequence, pace);
        }
        for (var sequence : running) {
            placesFree.add(promptsDone + completionNanos(sequence, pace));
        }
        while (placesFree.size() < runningMax) {
            placesFree.add(0.0);
        }
        for (var sequence : running) {
            takePlaces(placesFree, sequence.followers(), promptsDone, pace);
        }
        for (var sequence : ahead) {
            promptsDone = Math.max(promptsDone, placesFree.remove()) + promptNanos(sequence, pace);
            placesFree.add(promptsDone + completionNanos(sequence, pace));
            takePlaces(placesFree, sequence.followers(), promptsDone, pace);
        }
        double start = Math.max(promptsDone, placesFree.remove());
        double prompt = (newcomer.uncomputed() - cachedTokens) * pace.promptTokenNanos();
        double end = start + prompt + completionNanos(newcomer, pace);
        placesFree.add(end);
        end = Math.max(end, takePlaces(placesFree, newcomer.followers(), start + prompt, pace));
        return new Forecast(Duration.ofNanos((long) start), Duration.ofNanos((long) end));
    }

    /** When the last of those ends that begin at {@code promptDone} or when a place is free for it. */
    private static double takePlaces(
            PriorityQueue<Double> placesFree, List<Sequence> followers, double promptDone, Pace pace) {
        double last = promptDone;
        for (var follower : followers) {
            double end = Math.max(promptDone, placesFree.remove()) + completionNanos(follower, pace);
            placesFree.add(end);
            last = Math.max(last, end);
        }
        return last;
    }

    private static double promptNanos(Sequence sequence, Pace pace) {
        return sequence.uncomputed() <= 1 ? 0 : sequence.uncomputed() * pace.promptTokenNanos();
    }

    private static double completionNanos(Sequence sequence, Pace pace) {
        double left = Math.max(1, pace.completionTokens(sequence.generatedMax()) - sequence.generatedCount());
        return left * pace.decodeStepNanos();
    }
}
