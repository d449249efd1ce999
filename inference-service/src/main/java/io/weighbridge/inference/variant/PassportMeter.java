package io.weighbridge.inference.variant;

import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Measures passports: a few texts of different styles go through the variant and through the stored weights in float32, and
 * the distributions of every next token are compared.
 */
public final class PassportMeter {
    /** Tokens of each text, whole KV blocks; with eight texts some four hundred positions. */
    static final int TOKENS_EACH_MAX = 48;

    private static final String TEXTS = "passport-texts.txt";

    private PassportMeter() {}

    /**
     * How the reference is held: as stored where the kernels keep every value, since they compute in float32 and that takes the least memory;
     * else widened to float32.
     */
    private static Numerics reference(Decoder decoder) {
        return Executors.canHold(decoder, Numerics.STORED) && Executors.holdsExactly(decoder, Numerics.STORED)
                ? Numerics.STORED
                : Numerics.F32;
    }

    /** Memory that the reference takes beside the variant. */
    public static MemoryNeed referenceNeed(Decoder decoder, int threads) {
        int texts = texts().size();
        return Executors.memory(
                decoder,
                reference(decoder),
                new MemoryNeed.Workload(texts * TOKENS_EACH_MAX, TOKENS_EACH_MAX, TOKENS_EACH_MAX, threads));
    }

    /**
     * Compares {@code variant} with the same weights, computed with in float32, which are in memory only as long as this call. Must be called by the
     * thread that runs the variant. Writes over the variant's keys and values.
     *
     * @param timeMax no text begins after this; what was compared by then counts
     * @throws IllegalArgumentException when the variant has too few KV places for even one text
     */
    public static Passport.Measured measure(
            ModelRunner variant, Decoder decoder, Tokenizer tokenizer, int threads, Duration timeMax) {
        long started = System.nanoTime();
        var prompts = prompts(tokenizer, variant);
        int places = prompts.size() * TOKENS_EACH_MAX;
        var comparison = new Comparison();
        try (var reference = Executors.load(decoder, reference(decoder), places, threads)) {
            for (int i = 0; i < prompts.size(); i++) {
                if (i > 0 && System.nanoTime() - started > timeMax.toNanos()) {
                    break;
                }
                var batch = new Batch(List.of(slice(prompts.get(i), i)));
                var expected = reference.run(batch);
                var actual = variant.run(batch);
                for (int row = 0; row < expected.length; row++) {
                    comparison.add(expected[row], actual[row]);
                }
            }
        }
        return comparison.result((System.nanoTime() - started) / 1e9);
    }

    private static List<int[]> prompts(Tokenizer tokenizer, ModelRunner variant) {
        int most = Math.min(TOKENS_EACH_MAX, variant.contextLength());
        int kvPlaces = Math.multiplyExact(variant.kvBlockCount(), ModelRunner.KV_BLOCK_TOKENS);
        int count = Math.min(texts().size(), kvPlaces / TOKENS_EACH_MAX);
        if (count < 1) {
            throw new IllegalArgumentException(
                    "%d KV places are too few to measure with, %d are needed".formatted(kvPlaces, TOKENS_EACH_MAX));
        }
        var prompts = new ArrayList<int[]>();
        for (var text : texts().subList(0, count)) {
            var ids = tokenizer.encode(text, true);
            prompts.add(Arrays.copyOf(ids, Math.min(most, ids.length)));
        }
        return prompts;
    }

    /** A whole text, with the logits of all its tokens. */
    private static Batch.Slice slice(int[] tokenIds, int text) {
        int blocks = TOKENS_EACH_MAX / ModelRunner.KV_BLOCK_TOKENS;
        var table = IntStream.range(text * blocks, (text + 1) * blocks).toArray();
        return new Batch.Slice(tokenIds, 0, table, tokenIds.length);
    }

    static List<String> texts() {
        try (var in = Objects.requireNonNull(PassportMeter.class.getResourceAsStream(TEXTS), TEXTS)) {
            var all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return List.of(all.strip().split("\n\n"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the passport's texts", e);
        }
    }

    /** Sums over positions. */
    static final class Comparison {
        private int positions;
        private int agreeing;
        private double sum;
        private double largest;

        /** Two rows of logits of the same position. */
        void add(float[] expected, float[] actual) {
            int expectedTop = top(expected);
            int actualTop = top(actual);
            positions++;
            agreeing += expectedTop == actualTop ? 1 : 0;
            double expectedSum = logSum(expected, expected[expectedTop]);
            double actualSum = logSum(actual, actual[actualTop]);
            double divergence = 0;
            for (int i = 0; i < expected.length; i++) {
                double logShare = expected[i] - expectedSum;
                divergence += Math.exp(logShare) * (logShare - (actual[i] - actualSum));
            }
            // Rounding alone makes the smallest ones negative. Math.max keeps a NaN.
            divergence = Math.max(0, divergence);
            sum += divergence;
            largest = Math.max(largest, divergence);
        }

        Passport.Measured result(double seconds) {
            return new Passport.Measured(
                    positions, sum / positions, largest, (double) agreeing / positions, Instant.now(), seconds);
        }

        private static double logSum(float[] logits, float most) {
            double total = 0;
            for (float logit : logits) {
                total += Math.exp((double) logit - most);
            }
            return most + Math.log(total);
        }

        private static int top(float[] logits) {
            int best = 0;
            for (int i = 1; i < logits.length; i++) {
                if (logits[i] > logits[best]) {
                    best = i;
                }
            }
            return best;
        }
    }
}
