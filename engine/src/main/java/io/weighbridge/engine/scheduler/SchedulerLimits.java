package io.weighbridge.engine.scheduler;

/**
 * How much a scheduler takes on.
 *
 * @param sequencesRunningMax sequences that hold KV blocks at once
 * @param sequencesWaitingMax sequences that wait for that; more are refused. A tenant with less than its share of the queue is
 *     taken beyond it, up to twice as many in all
 * @param tokensPerStepMax tokens of one forward pass; at least {@code sequencesRunningMax}, so that every running sequence
 *     gets its token in every step
 * @param prefixCache whether sequences that begin alike share what was computed
 * @param speculation whether tokens that probably come next are guessed from the text so far and computed together
 */
public record SchedulerLimits(
        int sequencesRunningMax,
        int sequencesWaitingMax,
        int tokensPerStepMax,
        boolean prefixCache,
        boolean speculation) {
    /** Good for a few CPU cores: a long prompt holds the others up for 512 tokens' time at most. */
    public static final SchedulerLimits DEFAULT = new SchedulerLimits(8, 64, 512);

    public SchedulerLimits {
        if (sequencesRunningMax < 1 || sequencesWaitingMax < 1) {
            throw new IllegalArgumentException(
                    "sequencesRunningMax and sequencesWaitingMax must be at least 1, are %d and %d"
                            .formatted(sequencesRunningMax, sequencesWaitingMax));
        }
        if (tokensPerStepMax < sequencesRunningMax) {
            throw new IllegalArgumentException("tokensPerStepMax (%d) must be at least sequencesRunningMax (%d)"
                    .formatted(tokensPerStepMax, sequencesRunningMax));
        }
    }

    /** With a prefix cache, without speculation. */
    public SchedulerLimits(int sequencesRunningMax, int sequencesWaitingMax, int tokensPerStepMax) {
        this(sequencesRunningMax, sequencesWaitingMax, tokensPerStepMax, true);
    }

    /** Without speculation. */
    public SchedulerLimits(
            int sequencesRunningMax, int sequencesWaitingMax, int tokensPerStepMax, boolean prefixCache) {
        this(sequencesRunningMax, sequencesWaitingMax, tokensPerStepMax, prefixCache, false);
    }

    /** The same with or without speculation. */
    public SchedulerLimits speculating(boolean whether) {
        return new SchedulerLimits(sequencesRunningMax, sequencesWaitingMax, tokensPerStepMax, prefixCache, whether);
    }
}
