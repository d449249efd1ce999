package io.weighbridge.engine.grammar;

/**
 * How much is done to find out what follows in a text, in units of some ten nanoseconds: a node of the tree that is looked at. Ends what takes too much, and
 * pauses what is more than there is room for now: what the leaves allow is remembered, so that it goes further when it is begun again. Not thread-safe.
 */
final class Work {
    /** Most work for the mask of one place, and for taking one token, without what is remembered of it for good. */
    static final int WORK_MAX = 1_000_000;

    /** A walk through the tree along one leaf, without frames, looks at so many nodes in the time of a unit. */
    private static final int WALK_NODES_PER_UNIT = 4;

    private int spent; // since begin
    private int walked; // nodes, since begin
    private int room = Integer.MAX_VALUE;
    private int before; // units since there was room for so much, without those since begin

    /** It would be more than there is room for. Carries nothing: it is no failure. */
    static final class PausedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        PausedException() {
            super("more work than there is room for now", null, false, false);
        }
    }

    /** From here on there is room for so many units, for all that is begun. */
    void room(int units) {
        room = units;
        spent = 0;
        walked = 0;
        before = 0;
    }

    /** A mask or a token begins. */
    void begin() {
        before = used();
        spent = 0;
        walked = 0;
    }

    /** Units since there was room for so much. */
    int used() {
        return before + spent + walked / WALK_NODES_PER_UNIT;
    }

    /** Units since the mask or the token began, without walks that are remembered. */
    int spent() {
        return spent;
    }

    /** So many nodes were looked at for something that is remembered now. */
    void walked(int nodes) {
        walked += nodes;
    }

    void spend(int units) {
        spent += units;
        if (spent > WORK_MAX) {
            throw GrammarException.limit(
                    "the grammar can be read in too many ways at once to find the next tokens in time;"
                            + " write it so that each text can be read in few ways");
        }
        if (used() > room) {
            throw new PausedException();
        }
    }
}
