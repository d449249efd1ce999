package io.weighbridge.engine.sampling;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/** How often each token occurred, for penalties. Not thread-safe. */
public final class TokenCounts {
    private final Map<Integer, Integer> generated =
            new HashMap<>(); // token id to count, 0 for those of the prompt alone

    /** Takes what happens to one token. */
    @FunctionalInterface
    public interface Visitor {
        void accept(int tokenId, int count);
    }

    /** The same counts, counting on by themselves. */
    TokenCounts copy() {
        var copy = new TokenCounts();
        copy.generated.putAll(generated);
        return copy;
    }

    /** Notes tokens of the prompt. */
    public void addPrompt(int[] tokenIds) {
        for (int id : tokenIds) {
            generated.putIfAbsent(id, 0);
        }
    }

    /** Notes a token of the completion. */
    public void addGenerated(int tokenId) {
        generated.merge(tokenId, 1, Integer::sum);
    }

    /** Each token of prompt or completion once. */
    public void forEachSeen(IntConsumer visitor) {
        generated.keySet().forEach(visitor::accept);
    }

    /** Each token of the completion with how often it occurred. */
    public void forEachGenerated(Visitor visitor) {
        generated.forEach((id, count) -> {
            if (count > 0) {
                visitor.accept(id, count);
            }
        });
    }
}
