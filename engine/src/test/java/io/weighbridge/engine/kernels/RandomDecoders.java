package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import io.weighbridge.engine.decoder.DecoderTensors;
import io.weighbridge.engine.decoder.DecoderTensors.Dense;
import io.weighbridge.engine.decoder.DecoderTensors.FeedForward;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Mixture;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tiny decoders of parts drawn by lot, in sizes that fill no vector and no block. */
final class RandomDecoders {
    private static final int HIDDEN = 30;
    private static final int VOCABULARY = 33;
    private static final int INNER = 7;
    private static final int HEADS = 6;
    private static final int DIMENSION = 10;
    private static final int CONTEXT = 64;

    private final Random random;

    private RandomDecoders(Random random) {
        this.random = random;
    }

    static Decoder next(long seed) {
        return new RandomDecoders(new Random(seed)).decoder();
    }

    private Decoder decoder() {
        int kvHeads = pick(1, 2, 3, 6);
        boolean alibi = random.nextBoolean();
        boolean sandwich = random.nextBoolean();
        var norms = new DecoderSpec.Norm(pick(DecoderSpec.Norm.Kind.values()), 1e-5);
        var ropes = alibi ? List.<DecoderSpec.Rope>of() : List.of(rope(), rope());
        var layers = Stream.generate(() -> kind(ropes.size())).limit(3).toList();
        var queryKeyNorm = pick(QueryKeyNorm.values());
        var attention = new DecoderSpec.Attention(
                0.3,
                random.nextBoolean() ? 5 : 0,
                alibi,
                random.nextBoolean(),
                queryKeyNorm,
                random.nextBoolean() ? 1 : 0.3);
        boolean gated = random.nextBoolean();
        var activation = gated
                ? pick(Activation.values())
                : pick(Activation.SILU, Activation.GELU_TANH, Activation.GELU_ERF, Activation.RELU);
        var experts = random.nextInt(3) == 0
                ? new DecoderSpec.Experts(5, 2, random.nextBoolean(), pick(0, 35), pick(0, 9))
                : null;
        var feedForward = new DecoderSpec.FeedForward(INNER, gated, activation, experts);
        boolean parallel = random.nextInt(3) == 0;
        var residual = new DecoderSpec.Residual(true, sandwich, parallel, random.nextBoolean() ? 1 : 0.7);
        var output = new DecoderSpec.Output(random.nextBoolean() ? 1 : 0.5, random.nextBoolean() ? 0 : 4);
        boolean learned = random.nextBoolean();
        var spec = new DecoderSpec(
                HIDDEN,
                HEADS,
                kvHeads,
                DIMENSION,
                VOCABULARY,
                CONTEXT,
                random.nextBoolean() ? 1 : 2.5,
                learned ? 2 : 0,
                norms,
                ropes,
                layers,
                attention,
                feedForward,
                residual,
                output);
        var weights = new ArrayList<DecoderTensors.Layer>();
        for (int i = 0; i < layers.size(); i++) {
            weights.add(layer(spec, i));
        }
        return new Decoder(
                spec,
                new DecoderTensors(
                        matrix(VOCABULARY, HIDDEN, 1),
                        learned ? matrix(CONTEXT + 2, HIDDEN, 0.5) : null,
                        random.nextBoolean() ? norm(HIDDEN, norms.kind()) : null,
                        weights,
                        norm(HIDDEN, norms.kind()),
                        linear(VOCABULARY, HIDDEN)));
    }

    private DecoderTensors.Layer layer(DecoderSpec spec, int index) {
        var kind = spec.norm().kind();
        int queries = HEADS * DIMENSION;
        int keys = spec.kvHeadCount() * DIMENSION;
        var over = spec.attention().queryKeyNorm();
        boolean after = spec.residual().normAfter();
        boolean shared = spec.residual().parallel() && random.nextBoolean();
        return new DecoderTensors.Layer(
                norm(HIDDEN, kind),
                linear(queries, HIDDEN),
                linear(keys, HIDDEN),
                linear(keys, HIDDEN),
                queryKeyNorm(over, queries),
                queryKeyNorm(over, keys),
                spec.attention().sinks() ? vector(HEADS, 0, 1) : null,
                linear(HIDDEN, queries),
                after ? norm(HIDDEN, kind) : null,
                shared ? null : norm(HIDDEN, kind),
                feedForward(spec.feedForward(), index),
                after ? norm(HIDDEN, kind) : null);
    }

    private FeedForward feedForward(DecoderSpec.FeedForward spec, int layer) {
        var experts = spec.experts();
        if (experts == null) {
            return dense(spec.gated(), INNER);
        }
        if (experts.denseSize() > 0 && layer == 0) {
            return dense(spec.gated(), experts.denseSize());
        }
        return new Mixture(
                linear(experts.count(), HIDDEN),
                Stream.generate(() -> dense(spec.gated(), INNER))
                        .limit(experts.count())
                        .toList(),
                experts.sharedSize() == 0 ? null : dense(spec.gated(), experts.sharedSize()),
                experts.sharedSize() > 0 && random.nextBoolean() ? linear(1, HIDDEN) : null);
    }

    private Dense dense(boolean gated, int size) {
        return new Dense(gated ? linear(size, HIDDEN) : null, linear(size, HIDDEN), linear(HIDDEN, size));
    }

    private @Nullable Norm queryKeyNorm(QueryKeyNorm over, int all) {
        return switch (over) {
            case NONE -> null;
            case EACH_HEAD -> new Norm(vector(DIMENSION, 1, 0.2), null);
            case ALL_HEADS, EACH_HEAD_APART -> new Norm(vector(all, 1, 0.2), null);
        };
    }

    private Norm norm(int size, DecoderSpec.Norm.Kind kind) {
        return new Norm(
                vector(size, 1, 0.2),
                kind == DecoderSpec.Norm.Kind.LAYER && random.nextBoolean() ? vector(size, 0, 0.2) : null);
    }

    private Linear linear(int outputs, int inputs) {
        return new Linear(
                matrix(outputs, inputs, 1 / Math.sqrt(inputs)), random.nextBoolean() ? vector(outputs, 0, 0.3) : null);
    }

    private DecoderSpec.Rope rope() {
        int pairs = pick(2, 3, 5);
        var frequencies = IntStream.range(0, pairs)
                .mapToObj(i -> Math.pow(100, -(double) i / pairs))
                .toList();
        return new DecoderSpec.Rope(
                frequencies,
                pick(RopeLayout.values()),
                random.nextBoolean() ? 1 : 1.2,
                random.nextBoolean()
                        ? null
                        : new DecoderSpec.Later(
                                frequencies.stream().map(f -> f / 3).toList(), 9));
    }

    private LayerKind kind(int ropes) {
        return new LayerKind(random.nextInt(ropes + 1) - 1, pick(new Integer[] {LayerKind.NO_WINDOW, 1, 5}));
    }

    private Tensor matrix(int rows, int columns, double size) {
        return tensor(List.of((long) rows, (long) columns), rows * columns, 0, size);
    }

    private Tensor vector(int count, double mean, double size) {
        return tensor(List.of((long) count), count, mean, size);
    }

    private Tensor tensor(List<Long> shape, int count, double mean, double size) {
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (mean + size * random.nextGaussian());
        }
        return StoredTensors.floats(shape, values);
    }

    @SafeVarargs
    private <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
