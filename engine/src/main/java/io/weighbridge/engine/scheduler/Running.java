package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The sequences that hold KV blocks, by rank, and how blocks come to them and go: when none is left, the one that ranks last goes back
 * to wait, of a beam search all beams. Not thread-safe.
 */
final class Running {
    private final TreeSet<Sequence> sequences = new TreeSet<>(Sequence.BY_RANK);
    private final KvBlocks kv;
    private final Tenants tenants;
    private long preemptions;

    Running(KvBlocks kv, Tenants tenants) {
        this.kv = kv;
        this.tenants = tenants;
    }

    /** All of them, the first in rank first; what happens to them meanwhile does not show. */
    List<Sequence> all() {
        return List.copyOf(sequences);
    }

    Stream<Sequence> stream() {
        return sequences.stream();
    }

    boolean isEmpty() {
        return sequences.isEmpty();
    }

    int size() {
        return sequences.size();
    }

    /** Places taken, those among them that are kept for beams to come. */
    int places() {
        return sequences.stream().mapToInt(Sequence::places).sum();
    }

    long preemptions() {
        return preemptions;
    }

    void begin(Sequence sequence) {
        sequences.add(sequence);
        sequence.tenant().started();
    }

    /** It begins with the blocks that {@code like} has computed, which both hold then. */
    void beginLike(Sequence sequence, Sequence like) {
        sequence.runLike(like);
        for (int block : sequence.blocks()) {
            kv.share(block);
        }
        begin(sequence);
    }

    /** It holds nothing any more; of a beam search no beam does. */
    void leave(Sequence sequence) {
        var beams = sequence.beams();
        for (var each : beams == null ? List.of(sequence) : beams.members()) {
            if (sequences.remove(each)) {
                each.tenant().stopped();
                kv.releaseAll(each.stop());
            }
        }
    }

    /** It waits again, to be computed anew later; a beam search from its prompt on. */
    void putBack(Sequence sequence) {
        leave(sequence);
        var beams = sequence.beams();
        if (beams != null) {
            beams.restart();
        }
        tenants.enqueue(beams == null ? sequence : beams.leader());
    }

    void preempt(Sequence sequence) {
        preemptions++;
        putBack(sequence);
    }

    /** Of the tenant's the one that ranks last goes back to wait. */
    void preemptLastOf(Tenant tenant) {
        sequences.descendingSet().stream()
                .filter(sequence -> sequence.tenant() == tenant)
                .findFirst()
                .ifPresent(this::preempt);
    }

    /**
     * Whether the sequence has a block of its own for its next token; if not, it was put back to wait.
     *
     * @param copies takes what has to be copied for it first
     */
    boolean makeWritable(Sequence sequence, List<Batch.Copy> copies) {
        int index = sequence.computed() / ModelRunner.KV_BLOCK_TOKENS;
        boolean missing = index == sequence.blockCount();
        if (!missing && !kv.isShared(sequence.block(index))) {
            return true;
        }
        var block = obtain(sequence);
        if (block.isEmpty()) {
            return false;
        }
        if (missing) {
            sequence.addBlock(block.getAsInt());
        } else {
            copies.add(new Batch.Copy(sequence.block(index), block.getAsInt()));
            kv.release(sequence.block(index));
            sequence.replaceBlock(index, block.getAsInt());
        }
        return true;
    }

    /**
     * How many of {@code most} tokens after the next one can be written too: to blocks that it has, or to free ones, but nobody is
     * put back for them and each running sequence can still have its next block. After {@link #makeWritable}.
     */
    int makeWritableAfter(Sequence sequence, int most) {
        int lastBlock = (sequence.computed() + most) / ModelRunner.KV_BLOCK_TOKENS;
        while (sequence.blockCount() <= lastBlock && kv.freeCount() > size()) {
            sequence.addBlock(kv.allocate().orElseThrow());
        }
        return Math.min(most, sequence.blockCount() * ModelRunner.KV_BLOCK_TOKENS - sequence.computed() - 1);
    }

    /** A block, if need be from those that rank last; empty when that came to {@code sequence} itself. */
    private OptionalInt obtain(Sequence sequence) {
        while (true) {
            var block = kv.allocate();
            if (block.isPresent()) {
                return block;
            }
            preempt(sequences.getLast());
            if (!sequences.contains(sequence)) {
                return OptionalInt.empty();
            }
        }
    }

    /** Beams go on where other beams stood: each holds the blocks of the one it comes from. */
    void rearrange(BeamSearch beams, List<BeamSearch.Beam> next) {
        var members = beams.members();
        var tables =
                next.stream().map(beam -> members.get(beam.from()).position()).toList();
        tables.forEach(table -> table.hold(kv));
        var pickers = next.stream()
                .map(beam -> members.get(beam.from()).picker().fork())
                .toList();
        for (int i = 0; i < members.size(); i++) {
            var member = members.get(i);
            boolean runs = sequences.contains(member);
            if (runs) {
                kv.releaseAll(member.blocks());
            }
            if (i < next.size()) {
                member.goOn(tables.get(i), pickers.get(i), next.get(i).tokenId());
                if (!runs) {
                    begin(member);
                }
            } else if (runs) {
                sequences.remove(member);
                member.tenant().stopped();
                member.stop();
            }
        }
    }

    /** Block tables of all, for tests that count. */
    List<int[]> blockTables() {
        return sequences.stream().map(Sequence::blocks).toList();
    }
}
