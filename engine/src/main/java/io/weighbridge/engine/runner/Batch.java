package io.weighbridge.engine.runner;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The work of one step: some tokens of some sequences.
 *
 * @param copies done one after the other before anything is computed
 */
public record Batch(List<Copy> copies, List<Slice> slices) {
    public Batch {
        copies = List.copyOf(copies);
        slices = List.copyOf(slices);
    }

    /** A batch without copies. */
    public Batch(List<Slice> slices) {
        this(List.of(), slices);
    }

    /** Tokens of one sequence that has the KV memory to itself, its blocks from 0 on in order; the logits of the last are wanted. */
    public static Batch of(int[] tokenIds, int position) {
        int blockCount = Math.ceilDiv(position + tokenIds.length, ModelRunner.KV_BLOCK_TOKENS);
        var blocks = IntStream.range(0, blockCount).toArray();
        return new Batch(List.of(new Slice(tokenIds, position, blocks, 1)));
    }

    public boolean isEmpty() {
        return slices.isEmpty();
    }

    /** Tokens of all slices together. */
    public int tokenCount() {
        return slices.stream().mapToInt(slice -> slice.tokenIds().length).sum();
    }

    /** Rows of logits that all slices together want. */
    public int logitsCount() {
        return slices.stream().mapToInt(Slice::logitsCount).sum();
    }

    /** All keys and values of one KV block, to be written to another. */
    public record Copy(int fromBlock, int toBlock) {}

    /**
     * Consecutive tokens of one sequence.
     *
     * @param tokenIds at least one
     * @param position of the first of them in the sequence, from 0; all before it are in the KV memory
     * @param blocks the sequence's block table: its positions from {@code i * KV_BLOCK_TOKENS} on lie in KV block
     *     {@code blocks[i]}; long enough for the last token
     * @param logitsCount for how many of the last tokens the logits are wanted, 0 to all
     */
    public record Slice(int[] tokenIds, int position, int[] blocks, int logitsCount) {
        public Slice {
            int blocksNeeded = Math.ceilDiv(position + tokenIds.length, ModelRunner.KV_BLOCK_TOKENS);
            if (blocks.length < blocksNeeded) {
                throw new IllegalArgumentException("%d tokens at position %d need %d KV blocks, the table has %d"
                        .formatted(tokenIds.length, position, blocksNeeded, blocks.length));
            }
            if (logitsCount < 0 || logitsCount > tokenIds.length) {
                throw new IllegalArgumentException(
                        "logits of %d tokens are wanted, the slice has %d".formatted(logitsCount, tokenIds.length));
            }
        }

        /** Whether the logits after the token at {@code index} of the slice are wanted. */
        public boolean wantsLogits(int index) {
            return index >= tokenIds.length - logitsCount;
        }

        /** The KV place of a position of the sequence: block times block length plus the place inside the block. */
        public int place(int positionInSequence) {
            return blocks[positionInSequence / ModelRunner.KV_BLOCK_TOKENS] * ModelRunner.KV_BLOCK_TOKENS
                    + positionInSequence % ModelRunner.KV_BLOCK_TOKENS;
        }

        @Override
        public String toString() {
            return "%d tokens at position %d in KV blocks %s, logits of the last %d"
                    .formatted(tokenIds.length, position, Arrays.toString(blocks), logitsCount);
        }
    }
}
