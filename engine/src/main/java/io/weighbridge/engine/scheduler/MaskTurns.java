package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.sampling.MaskWork;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps masks that take long to make from holding up the sequences beside them. A sequence whose mask does not fit into its step is held: it is in no batch, and its
 * logits are kept until the mask is there, which changes none of its tokens. Those for which only this step had no room left come first in the next one; those
 * that take more than that come one by one, and the work of such a turn is paid off by the steps after it before the next turn. So over any number of steps in a row
 * masks take at most {@link #STEP_WORK} + {@link #PAID_PER_STEP} a step and {@link #TURN_WORK} once, and what the last piece of work is more than there was room for: one
 * walk through the vocabulary's tree. A sequence without a mask never waits, one with a small mask for as many steps as it takes to look at all others. Units of {@link
 * MaskWork}. Not thread-safe.
 */
final class MaskTurns {
    /** Work on masks in one step, turns apart; some two milliseconds. */
    static final int STEP_WORK = 200_000;

    /** Work on one sequence's mask in one step; one that takes more needs a turn. */
    static final int TRY_WORK = STEP_WORK / 2;

    /** Work of one turn; a mask that takes more goes on in its next one. Any single mask fits, as far as it is not remembered leaf by leaf. */
    static final int TURN_WORK = 1_000_000;

    /** So much of a turn's work is paid off by each step after it. */
    static final int PAID_PER_STEP = 100_000;

    private final Map<Sequence, Held> held = new LinkedHashMap<>();
    private int stepLeft;
    private long debt;
    private long usedInAll;

    /** @param logits of its next token; null for the leader of a beam search, which has them itself */
    private record Held(float @Nullable [] logits, boolean needsTurn) {}

    /** A sequence that need not wait any more, and the logits that were kept. */
    record Ready(Sequence sequence, float @Nullable [] logits) {}

    /** The room of a step begins; gives back those that were held and whose masks are made now. */
    List<Ready> beginStep() {
        stepLeft = STEP_WORK;
        debt = Math.max(0, debt - PAID_PER_STEP);
        var ready = new ArrayList<Ready>();
        for (var entry : List.copyOf(held.entrySet())) {
            if (!entry.getValue().needsTurn() && stepLeft > 0) {
                look(entry.getKey(), entry.getValue(), ready);
            }
        }
        if (debt == 0) {
            turn(ready);
        }
        return ready;
    }

    /** What {@link #beginStep} does when no step comes since nobody else has anything to compute: whoever is held has all the time. */
    List<Ready> withoutStep() {
        var ready = beginStep();
        if (ready.isEmpty()) {
            turn(ready);
        }
        return ready;
    }

    /** Whether the mask of {@code sequence}, or of all beams that it leads, is made; if not it is held with {@code logits}. */
    boolean ready(Sequence sequence, float @Nullable [] logits) {
        if (!sequence.picker().isMasked()) {
            return true;
        }
        var ready = new ArrayList<Ready>();
        look(sequence, new Held(logits, false), ready);
        var kept = held.get(sequence);
        if (kept != null && logits != null && kept.logits() == logits) {
            held.put(sequence, new Held(logits.clone(), kept.needsTurn())); // the runner's own, which it writes again
        }
        return !ready.isEmpty();
    }

    boolean holds(Sequence sequence) {
        return held.containsKey(sequence);
    }

    int count() {
        return held.size();
    }

    /** Forgets those that ended or went back to wait: their logits come again. */
    void sweep() {
        held.keySet().removeIf(sequence -> sequence.state() != Sequence.State.RUNNING || sequence.uncomputed() != 0);
    }

    /** Work on masks since the beginning, for tests that count. */
    long usedInAll() {
        return usedInAll;
    }

    /** Tries as far as there is room in the step. */
    private void look(Sequence sequence, Held as, List<Ready> ready) {
        int room = Math.min(TRY_WORK, stepLeft);
        held.remove(sequence);
        if (room > 0) {
            var work = new MaskWork(room);
            boolean made = prepare(sequence, work);
            stepLeft -= work.used();
            if (made) {
                ready.add(new Ready(sequence, as.logits()));
                return;
            }
        }
        held.put(sequence, new Held(as.logits(), room == TRY_WORK));
    }

    /** The one that has waited longest for a turn has it. */
    private void turn(List<Ready> ready) {
        var first = held.entrySet().stream()
                .filter(entry -> entry.getValue().needsTurn())
                .findFirst()
                .orElse(null);
        if (first == null) {
            return;
        }
        var sequence = first.getKey();
        var kept = first.getValue();
        held.remove(sequence);
        var work = new MaskWork(TURN_WORK);
        boolean made = prepare(sequence, work);
        debt += work.used();
        if (made) {
            ready.add(new Ready(sequence, kept.logits()));
        } else {
            held.put(sequence, kept);
        }
    }

    private boolean prepare(Sequence sequence, MaskWork work) {
        var beams = sequence.beams();
        boolean made = beams == null
                ? sequence.picker().prepare(sequence.generatedCount(), sequence.generatedMax(), work)
                : beams.prepare(work);
        usedInAll += work.used();
        return made;
    }
}
