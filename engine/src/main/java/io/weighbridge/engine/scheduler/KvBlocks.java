package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.runner.ModelRunner;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which blocks of the KV memory, and what whole blocks that nobody holds still contain. A block is <em>held</em> by one
 * or more sequences (its references), <em>idle</em> when none holds it but its tokens are known, or <em>empty</em>. Empty blocks
 * are handed out first, then the idle one that was let go longest ago. A block's content is known by its tokens, those
 * before it and a salt, compared token by token: two different prefixes are never taken for the same. Not thread-safe.
 */
public final class KvBlocks {
    /** The prefix without tokens. */
    static final long NO_PREFIX = 0;

    private final int[] references;
    private final @Nullable Content[] contents;
    private final Map<Content, Integer> blockByContent = new HashMap<>();
    private final ArrayDeque<Integer> empty = new ArrayDeque<>();
    private final LinkedHashSet<Integer> idle = new LinkedHashSet<>(); // let go longest ago first
    /** Makes hash codes unforeseeable, so that no prompt can be written to collide. */
    private final long hashSeed = RandomGenerator.getDefault().nextLong();

    private long prefixesKnown;

    /** A whole block's tokens after a prefix. The prefix is a number that is never given twice. */
    private static final class Content {
        private final long before;
        private final String salt;
        private final int[] tokenIds;
        private final int hash;
        private long prefix;

        Content(long before, String salt, int[] tokenIds, long seed) {
            this.before = before;
            this.salt = salt;
            this.tokenIds = tokenIds;
            long bits = seed ^ before ^ salt.hashCode();
            for (int tokenId : tokenIds) {
                bits = (bits ^ tokenId) * 0x9E3779B97F4A7C15L;
                bits ^= bits >>> 32;
            }
            hash = (int) bits;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Content content
                    && before == content.before
                    && salt.equals(content.salt)
                    && Arrays.equals(tokenIds, content.tokenIds);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /**
     * Blocks that hold the beginning of a sequence.
     *
     * @param prefix of the last of them
     */
    record Match(int[] blocks, long prefix) {
        int tokens() {
            return blocks.length * ModelRunner.KV_BLOCK_TOKENS;
        }
    }

    /** All {@code count} blocks are empty. */
    public KvBlocks(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a KV memory needs at least one block, got " + count);
        }
        references = new int[count];
        contents = new Content[count];
        for (int block = 0; block < count; block++) {
            empty.add(block);
        }
    }

    /** A block, now held once; empty if all are held. An idle block loses its content. */
    public OptionalInt allocate() {
        Integer block = empty.poll();
        if (block == null) {
            if (idle.isEmpty()) {
                return OptionalInt.empty();
            }
            block = idle.removeFirst();
            forget(block);
        }
        references[block] = 1;
        return OptionalInt.of(block);
    }

    /** Holds a held block once more. */
    public void share(int block) {
        checkHeld(block);
        references[block]++;
    }

    /** Lets a block go. One that nobody holds is a bug and refused. */
    public void release(int block) {
        checkHeld(block);
        if (--references[block] == 0) {
            if (contents[block] == null) {
                empty.addFirst(block);
            } else {
                idle.add(block);
            }
        }
    }

    /** Lets a sequence's blocks go, the last first: the beginning of a text is of more use to others than its end. */
    void releaseAll(int[] blocks) {
        for (int i = blocks.length - 1; i >= 0; i--) {
            release(blocks[i]);
        }
    }

    /** Whether more than one sequence holds the block, so that none may write to it. */
    boolean isShared(int block) {
        return references[block] > 1;
    }

    /**
     * The blocks that hold the beginning of {@code tokenIds}, whole blocks within the first {@code length}; now held once more.
     */
    Match acquirePrefix(String salt, int[] tokenIds, int length) {
        var blocks = new int[length / ModelRunner.KV_BLOCK_TOKENS];
        long prefix = NO_PREFIX;
        for (int i = 0; i < blocks.length; i++) {
            Integer block = blockByContent.get(content(prefix, salt, tokenIds, i));
            if (block == null) {
                return new Match(Arrays.copyOf(blocks, i), prefix);
            }
            if (references[block]++ == 0) {
                idle.remove(block);
            }
            blocks[i] = block;
            prefix = prefixOf(block);
        }
        return new Match(blocks, prefix);
    }

    /**
     * Remembers what a held and wholly computed block contains: block number {@code index} of {@code tokenIds}.
     *
     * @param before the prefix of the block before it
     * @return the prefix with this block; an older one if another block has the same content
     */
    long remember(int block, long before, String salt, int[] tokenIds, int index) {
        checkHeld(block);
        var content = content(before, salt, tokenIds, index);
        Integer known = blockByContent.get(content);
        if (known != null) {
            return prefixOf(known);
        }
        content.prefix = ++prefixesKnown;
        contents[block] = content;
        blockByContent.put(content, block);
        return content.prefix;
    }

    /** Blocks in all. */
    public int count() {
        return references.length;
    }

    /** Blocks that somebody holds. */
    public int heldCount() {
        return count() - freeCount();
    }

    /** Blocks that can be handed out, idle ones included. */
    public int freeCount() {
        return empty.size() + idle.size();
    }

    /** Blocks that nobody holds but whose content is known. */
    public int idleCount() {
        return idle.size();
    }

    /** How many hold the block. */
    public int references(int block) {
        return references[block];
    }

    private Content content(long before, String salt, int[] tokenIds, int index) {
        int from = index * ModelRunner.KV_BLOCK_TOKENS;
        return new Content(
                before, salt, Arrays.copyOfRange(tokenIds, from, from + ModelRunner.KV_BLOCK_TOKENS), hashSeed);
    }

    private long prefixOf(int block) {
        var content = contents[block];
        if (content == null) {
            throw new IllegalStateException("KV block %d is known by its content but has none".formatted(block));
        }
        return content.prefix;
    }

    private void forget(int block) {
        blockByContent.remove(contents[block]);
        contents[block] = null;
    }

    private void checkHeld(int block) {
        if (references[block] == 0) {
            throw new IllegalStateException("nobody holds KV block " + block);
        }
    }
}
