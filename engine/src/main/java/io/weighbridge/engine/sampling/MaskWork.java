package io.weighbridge.engine.sampling;

/** Room for work on masks, in units of some ten nanoseconds that masks count themselves. Not thread-safe. */
public final class MaskWork {
    private final int room;
    private int used;

    public MaskWork(int room) {
        this.room = room;
    }

    /** Units that are left; none when too much was used. */
    public int left() {
        return Math.max(0, room - used);
    }

    /** Units that were used; one piece of work may be more than there was room for. */
    public int used() {
        return used;
    }

    public void use(int units) {
        used += units;
    }
}
