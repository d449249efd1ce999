package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderTensors;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The attention of all layers, from a normed row to the mixed values of all heads; and the memory that it needs for that. */
final class AttentionPart {
    private final DecoderSpec spec;
    private final Crew crew;
    private final KvMemory kv;
    private final Rotation[] rotations;
    private final float[] slopes; // by head; empty without ALiBi
    private final int[] projectionAt; // queries, keys and values of a token lie one after the other
    private final int projectionStride;
    private final float[] projections; // (tokens, heads + 2 * kvHeads, headDimension)
    private final Rows attended; // (tokens, heads * headDimension)
    private final Attention[] attentions; // by worker

    /** One layer's weights. */
    record Weights(
            KernelLinear query,
            KernelLinear key,
            KernelLinear value,
            float @Nullable [] queryNorm,
            float @Nullable [] keyNorm,
            float @Nullable [] sinks) {
        static Weights of(DecoderTensors.Layer stored, WeightBits bits, WeightLoader loader) {
            var queryNorm = stored.queryNorm();
            var keyNorm = stored.keyNorm();
            var sinks = stored.sinks();
            return new Weights(
                    loader.linear(stored.query(), bits),
                    loader.linear(stored.key(), bits),
                    loader.linear(stored.value(), bits),
                    queryNorm == null ? null : Dequantizer.values(queryNorm.weight()),
                    keyNorm == null ? null : Dequantizer.values(keyNorm.weight()),
                    sinks == null ? null : Dequantizer.values(sinks));
        }
    }

    AttentionPart(DecoderSpec spec, Crew crew, KvMemory kv) {
        this.spec = spec;
        this.crew = crew;
        this.kv = kv;
        rotations = spec.ropes().stream()
                .map(rope -> new Rotation(rope, Tokens.MAX))
                .toArray(Rotation[]::new);
        slopes = spec.attention().alibi()
                ? slopes(spec.headCount(), spec.attention().alibiScale())
                : new float[0];
        int queryCount = spec.headCount() * spec.headDimension();
        int keyCount = spec.kvHeadCount() * spec.headDimension();
        projectionAt = new int[] {0, queryCount, queryCount + keyCount};
        projectionStride = queryCount + 2 * keyCount;
        projections = new float[Tokens.MAX * projectionStride];
        attended = new Rows(Tokens.MAX, queryCount);
        attentions = new Attention[crew.workers().count()];
        Arrays.setAll(
                attentions,
                i -> new Attention(kv, spec.headDimension(), spec.contextLength(), (float)
                        spec.attention().softCap()));
    }

    /** ALiBi's slopes fall by powers of two; head counts that are no power take every other slope of the next. */
    private static float[] slopes(int heads, double scale) {
        int power = Integer.highestOneBit(heads);
        var slopes = new float[heads];
        for (int head = 0; head < heads; head++) {
            double exponent = head < power ? -8.0 * (head + 1) / power : -4.0 * (2 * (head - power) + 1) / power;
            slopes[head] = (float) (Math.pow(2, exponent) * scale);
        }
        return slopes;
    }

    /** Sets the position of a token for all layers. */
    void place(Tokens tokens, int token) {
        for (var rotation : rotations) {
            rotation.place(token, tokens.position(token));
        }
    }

    /** Attends from {@code inputs} and returns what the output layer reads. */
    Rows run(Tokens tokens, int layer, Weights weights, Rows inputs) {
        crew.product(inputs, tokens.count(), this::keepProjection, weights.query(), weights.key(), weights.value());
        crew.run(tokens.count(), (token, worker) -> storeKeysAndValues(tokens, token, layer, weights));
        int heads = spec.headCount();
        attended.begin(tokens.count());
        crew.run(tokens.count() * heads, (turn, worker) -> {
            attend(tokens, turn / heads, turn % heads, layer, weights.sinks(), attentions[worker]);
        });
        return attended;
    }

    private void keepProjection(int part, int token, int row, int count, float[] results, int from) {
        System.arraycopy(results, from, projections, token * projectionStride + projectionAt[part] + row, count);
    }

    private void storeKeysAndValues(Tokens tokens, int token, int layer, Weights weights) {
        int at = token * projectionStride;
        norm(weights.queryNorm(), at, spec.headCount());
        norm(weights.keyNorm(), at + projectionAt[1], spec.kvHeadCount());
        int place = tokens.place(token, tokens.position(token));
        for (int kvHead = 0; kvHead < spec.kvHeadCount(); kvHead++) {
            int keyFrom = at + projectionAt[1] + kvHead * spec.headDimension();
            int valueFrom = at + projectionAt[2] + kvHead * spec.headDimension();
            rotate(layer, token, keyFrom);
            kv.store(layer, kvHead, place, projections, keyFrom, projections, valueFrom);
        }
    }

    private void norm(float @Nullable [] weights, int from, int heads) {
        if (weights == null) {
            return;
        }
        int dimension = spec.headDimension();
        double epsilon = spec.norm().epsilon();
        switch (spec.attention().queryKeyNorm()) {
            case NONE -> {}
            case EACH_HEAD -> {
                for (int head = 0; head < heads; head++) {
                    Elementwise.rmsNormInPlace(projections, from + head * dimension, dimension, weights, epsilon);
                }
            }
            case ALL_HEADS -> Elementwise.rmsNormInPlace(projections, from, heads * dimension, weights, epsilon);
            case EACH_HEAD_APART -> {
                for (int head = 0; head < heads; head++) {
                    Elementwise.layerNormInPlace(
                            projections, from + head * dimension, dimension, weights, head * dimension, epsilon);
                }
            }
        }
    }

    private void rotate(int layer, int token, int from) {
        int rope = spec.layers().get(layer).rope();
        if (rope != LayerKind.NO_ROPE) {
            rotations[rope].rotate(token, projections, from);
        }
    }

    private void attend(Tokens tokens, int token, int head, int layer, float @Nullable [] sinks, Attention attention) {
        int from = token * projectionStride + head * spec.headDimension();
        rotate(layer, token, from);
        Elementwise.scale(projections, from, spec.headDimension(), (float)
                spec.attention().scale());
        int position = tokens.position(token);
        int window = spec.layers().get(layer).window();
        int first = window == LayerKind.NO_WINDOW ? 0 : Math.max(0, position + 1 - window);
        int sharing = spec.headCount() / spec.kvHeadCount();
        int count = position + 1 - first;
        if (head % sharing == 0 && tokens.isAlone(token)) {
            attention.fetch(layer, head / sharing, tokens.blocks(token), first, count);
        }
        var mixed = attention.attend(
                layer,
                head / sharing,
                tokens.blocks(token),
                first,
                count,
                slopes.length == 0 ? 0 : slopes[head],
                sinks == null ? Float.NEGATIVE_INFINITY : sinks[head],
                projections,
                from);
        attended.put(token, head * spec.headDimension(), mixed, 0, spec.headDimension());
    }
}
