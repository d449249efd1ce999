package io.weighbridge.engine.scheduler;

/**
 * What an engine is doing, at one moment.
 *
 * @param blocksFree KV blocks that can be handed out; {@code blocksIdle} of them still hold known prefixes
 * @param prefixQueryTokens prompt tokens looked for in the prefix cache since the start, of which {@code prefixHitTokens} were found
 * @param preemptions running sequences put back to wait since the start
 * @param promptTokens computed since the start, recomputed ones included
 * @param generatedTokens since the start
 * @param guessedTokens computed on a guess since the start, of which {@code guessesAccepted} were right
 * @param promptTokensPerSecond of late; 0 when unknown
 * @param generatedTokensPerSecond of late, all sequences together; 0 when unknown
 */
public record Load(
        int running,
        int waiting,
        int blocksFree,
        int blocksIdle,
        int blocksTotal,
        long prefixQueryTokens,
        long prefixHitTokens,
        long preemptions,
        long promptTokens,
        long generatedTokens,
        long guessedTokens,
        long guessesAccepted,
        double promptTokensPerSecond,
        double generatedTokensPerSecond,
        boolean draining) {
    /** Of an engine that does not run. */
    public static final Load NONE = new Load(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false);

    /** Share of the KV blocks that sequences hold, 0 to 1. */
    public double kvUsage() {
        return blocksTotal == 0 ? 0 : (double) (blocksTotal - blocksFree) / blocksTotal;
    }
}
