package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.Experts;
import io.weighbridge.engine.decoder.DecoderTensors;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mixtures of experts, all layers. Tokens are grouped by expert, so that a weight is read once for all tokens that need it. What the
 * experts of a token give is added in the order of the experts, whoever else is in the group.
 */
final class ExpertsPart {
    private final Crew crew;
    private final DecoderSpec spec;
    private final Experts experts;
    private final float[] scores; // (tokens, experts)
    private final int[] chosen; // (tokens, used), ascending
    private final float[] shares; // as chosen
    private final int[] counts; // by expert: its rows
    private final int[] firsts; // by expert: its first row, the first of a group
    private final int[] rowOf; // as chosen
    private final Rows gathered; // (rows, hidden): inputs grouped by expert
    private final Rows inner; // (rows, feedForward)
    private final float[] outputs; // (rows, hidden)
    private final int outputStride;
    private final @Nullable FeedForwardPart shared;
    private final float[] sharedShares; // by token

    /** One layer's weights; {@code shared} is what every token goes through, times the sigmoid of {@code sharedGate} if there is one. */
    record Weights(
            KernelLinear router,
            List<FeedForwardPart.Weights> experts,
            FeedForwardPart.@Nullable Weights shared,
            @Nullable KernelLinear sharedGate) {
        static Weights of(DecoderTensors.Mixture stored, WeightBits bits, WeightLoader loader) {
            var shared = stored.shared();
            var sharedGate = stored.sharedGate();
            return new Weights(
                    loader.wide(stored.router()),
                    stored.experts().stream()
                            .map(expert -> FeedForwardPart.Weights.of(expert, bits, loader))
                            .toList(),
                    shared == null ? null : FeedForwardPart.Weights.of(shared, bits, loader),
                    sharedGate == null ? null : loader.wide(sharedGate));
        }
    }

    ExpertsPart(Crew crew, DecoderSpec spec, Experts experts) {
        this.crew = crew;
        this.spec = spec;
        this.experts = experts;
        int pairs = Tokens.MAX * experts.used();
        int rows = pairs + Math.min(pairs, experts.count()) * (Rows.GROUP - 1);
        scores = new float[Tokens.MAX * experts.count()];
        chosen = new int[pairs];
        shares = new float[pairs];
        counts = new int[experts.count()];
        firsts = new int[experts.count()];
        rowOf = new int[pairs];
        gathered = new Rows(rows, spec.hiddenSize());
        inner = new Rows(rows, spec.feedForward().size());
        outputStride = gathered.blocks * Lanes.BLOCK;
        outputs = new float[Math.multiplyExact(rows, outputStride)];
        sharedShares = new float[Tokens.MAX];
        shared = experts.sharedSize() == 0
                ? null
                : new FeedForwardPart(crew, spec.feedForward().activation(), experts.sharedSize());
    }

    /** Adds to {@code sums}, (tokens, stride), what the experts of each token make of its input. */
    void run(int count, Weights weights, Rows inputs, float[] sums, int stride) {
        crew.product(inputs, count, this::keepScores, weights.router());
        crew.run(count, (token, worker) -> choose(token));
        group(count);
        gather(count, inputs);
        int upTiles = weights.experts().getFirst().up().tiles();
        int[] busy = busy();
        crew.forTiles(busy.length * upTiles, (index, worker) -> {
            int expert = busy[index / upTiles];
            FeedForwardPart.tile(
                    crew,
                    spec.feedForward().activation(),
                    weights.experts().get(expert),
                    index % upTiles,
                    gathered,
                    firsts[expert],
                    counts[expert],
                    inner,
                    worker);
        });
        var downs =
                weights.experts().stream().map(FeedForwardPart.Weights::down).toArray(KernelLinear[]::new);
        int downTiles = downs[0].tiles();
        crew.forTiles(busy.length * downTiles, (index, worker) -> {
            int expert = busy[index / downTiles];
            keepOutputs(downs[expert], index % downTiles, expert, worker);
        });
        crew.run(count, (token, worker) -> add(token, sums, token * stride));
        if (shared != null && weights.shared() != null) {
            addShared(count, shared, weights.shared(), weights.sharedGate(), inputs, sums, stride);
        }
    }

    private void addShared(
            int count,
            FeedForwardPart part,
            FeedForwardPart.Weights weights,
            @Nullable KernelLinear gate,
            Rows inputs,
            float[] sums,
            int stride) {
        Arrays.fill(sharedShares, 1);
        if (gate != null) {
            crew.product(inputs, count, this::keepSharedShare, gate);
        }
        var inner = part.run(count, weights, inputs);
        crew.product(
                inner,
                count,
                (which, token, row, size, results, from) ->
                        Elementwise.addScaled(results, from, size, sharedShares[token], sums, token * stride + row),
                weights.down());
    }

    private void keepSharedShare(int part, int token, int row, int count, float[] results, int from) {
        sharedShares[token] = (float) (1 / (1 + StrictMath.exp(-results[from])));
    }

    private void keepScores(int part, int token, int row, int count, float[] results, int from) {
        System.arraycopy(results, from, scores, token * experts.count() + row, count);
    }

    /** Finds the highest scores; of equal ones, those of the first experts. */
    private void choose(int token) {
        int at = token * experts.count();
        int to = token * experts.used();
        var taken = new boolean[experts.count()];
        for (int i = 0; i < experts.used(); i++) {
            int best = -1;
            for (int expert = 0; expert < experts.count(); expert++) {
                if (!taken[expert] && (best < 0 || scores[at + expert] > scores[at + best])) {
                    best = expert;
                }
            }
            taken[best] = true;
            chosen[to + i] = best;
        }
        Arrays.sort(chosen, to, to + experts.used());
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < experts.used(); i++) {
            largest = Math.max(largest, scores[at + chosen[to + i]]);
        }
        double all = 0;
        for (int expert = 0; expert < experts.count(); expert++) {
            all += !experts.normalized() || taken[expert] ? StrictMath.exp(scores[at + expert] - largest) : 0;
        }
        for (int i = 0; i < experts.used(); i++) {
            shares[to + i] = (float) (StrictMath.exp(scores[at + chosen[to + i]] - largest) / all);
        }
    }

    /** Gives every token a row among those of each of its experts. */
    private void group(int count) {
        int pairs = count * experts.used();
        Arrays.fill(counts, 0);
        for (int i = 0; i < pairs; i++) {
            counts[chosen[i]]++;
        }
        int groups = 0;
        for (int expert = 0; expert < experts.count(); expert++) {
            firsts[expert] = groups * Rows.GROUP;
            groups += Rows.groups(counts[expert]);
        }
        var next = firsts.clone();
        for (int i = 0; i < pairs; i++) {
            rowOf[i] = next[chosen[i]]++;
        }
    }

    private int[] busy() {
        var busy = new int[experts.count()];
        int count = 0;
        for (int expert = 0; expert < experts.count(); expert++) {
            if (counts[expert] > 0) {
                busy[count++] = expert;
            }
        }
        return Arrays.copyOf(busy, count);
    }

    private void gather(int count, Rows inputs) {
        int used = experts.used();
        crew.run(count * used, (pair, worker) -> gathered.copy(rowOf[pair], inputs, pair / used));
    }

    private void keepOutputs(KernelLinear down, int tile, int expert, int worker) {
        int first = firsts[expert];
        var results = crew.tile(down, tile, inner, first, counts[expert], worker);
        for (int i = 0; i < counts[expert]; i++) {
            System.arraycopy(
                    results,
                    i * Lanes.TILE_ROWS,
                    outputs,
                    (first + i) * outputStride + tile * Lanes.TILE_ROWS,
                    down.weight().rowsIn(tile));
        }
    }

    private void add(int token, float[] sums, int to) {
        for (int i = token * experts.used(); i < (token + 1) * experts.used(); i++) {
            Elementwise.addScaled(outputs, rowOf[i] * outputStride, spec.hiddenSize(), shares[i], sums, to);
        }
    }
}
