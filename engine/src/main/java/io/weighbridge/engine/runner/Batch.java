package io.weighbridge.engine.runner;

import java.util.List;

/** The work of one step: some tokens of some sequences. */
public record Batch(List<Slice> slices) {
    public Batch {
        slices = List.copyOf(slices);
    }

    public boolean isEmpty() {
        return slices.isEmpty();
    }

    /** Tokens of all slices together. */
    public int tokenCount() {
        return slices.stream().mapToInt(slice -> slice.tokenIds().length).sum();
    }

    /**
     * Consecutive tokens of one sequence. Its key and value of position p lie in KV place {@code kvStart + p}.
     *
     * @param tokenIds at least one
     * @param position of the first of them in the sequence, from 0; all before it are in the KV memory
     * @param kvStart first KV place of the sequence
     * @param logitsWanted whether the logits after the last token are needed
     */
    public record Slice(int[] tokenIds, int position, int kvStart, boolean logitsWanted) {}
}
