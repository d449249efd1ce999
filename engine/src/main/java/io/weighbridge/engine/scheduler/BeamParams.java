package io.weighbridge.engine.scheduler;

/**
 * How to search with beams.
 *
 * @param width most beams at once; 2 to {@value #WIDTH_MAX}
 * @param lengthPenalty completions are compared by their log probability / length ^ penalty; {@value #LENGTH_PENALTY_MAX} at most either way
 * @param stopsEarly whether the search ends when as many completions as beams are whole, however good others could become
 */
public record BeamParams(int width, double lengthPenalty, boolean stopsEarly) {
    /** Each beam is a sequence in each step, and its candidates are sorted. */
    public static final int WIDTH_MAX = 16;

    /** Beyond it nothing but the length decides. */
    public static final double LENGTH_PENALTY_MAX = 10;

    public BeamParams {
        if (width < 2 || width > WIDTH_MAX) {
            throw new IllegalArgumentException("beam_width must be 2 to %d, is %d".formatted(WIDTH_MAX, width));
        }
        if (!(Math.abs(lengthPenalty) <= LENGTH_PENALTY_MAX)) {
            throw new IllegalArgumentException("length_penalty must be %s to %s, is %s"
                    .formatted(-LENGTH_PENALTY_MAX, LENGTH_PENALTY_MAX, lengthPenalty));
        }
    }
}
