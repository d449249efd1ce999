package io.weighbridge.inference.djl;

import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.Norm;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Mixture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A decoder's spec as the lists of numbers that the TorchScript's {@code step} takes; their order is named there. */
final class TorchShape {
    /** Places of a layer's weights before its experts, and of each expert. */
    private static final int PLACES = 22;

    private static final int EXPERT_PLACES = 6;

    /** Those of the shared expert and its gate. */
    private static final int SHARED_PLACES = 9;

    private TorchShape() {}

    /** Per layer: which rotation, window, whether it has experts. */
    static long[] kinds(Decoder decoder) {
        var layers = decoder.tensors().layers();
        return IntStream.range(0, layers.size())
                .boxed()
                .flatMapToLong(layer -> {
                    var kind = decoder.spec().layers().get(layer);
                    return LongStream.of(
                            kind.rope(), kind.window(), flag(layers.get(layer).feedForward() instanceof Mixture));
                })
                .toArray();
    }

    static double[] numbers(DecoderSpec spec) {
        return new double[] {
            spec.norm().epsilon(),
            spec.attention().scale(),
            spec.attention().softCap(),
            spec.residual().multiplier(),
            spec.output().scale(),
            spec.output().softCap()
        };
    }

    static long[] shape(Decoder decoder, Numerics numerics) {
        var spec = decoder.spec();
        requireOneWindow(spec);
        var first = decoder.tensors().layers().getFirst();
        var experts = spec.feedForward().experts();
        return new long[] {
            spec.layerCount(),
            spec.headCount(),
            spec.kvHeadCount(),
            spec.headDimension(),
            layout(spec),
            PackedLinear.kind(numerics),
            PackedLinear.kind(numerics.ofHead(decoder)),
            flag(biased(decoder)),
            flag(spec.norm().kind() == Norm.Kind.LAYER),
            flag(decoder.tensors().embeddingNorm() != null),
            places(decoder),
            spec.attention().queryKeyNorm().ordinal(),
            flag(first.attentionNorm() != null),
            flag(first.postAttentionNorm() != null),
            flag(first.feedForwardNorm() != null),
            flag(spec.residual().parallel()),
            flag(spec.attention().sinks()),
            spec.feedForward().activation().ordinal(),
            experts == null ? 0 : experts.count(),
            experts == null ? 0 : experts.used(),
            flag(spec.feedForward().gated()),
            flag(experts != null && experts.normalized()),
            shared(decoder)
        };
    }

    /** Places of a layer's weights; the same for all, so that layers without experts leave some empty. */
    static long places(Decoder decoder) {
        var experts = decoder.spec().feedForward().experts();
        return PLACES
                + EXPERT_PLACES * (long) (experts == null ? 1 : experts.count())
                + (shared(decoder) == 0 ? 0 : SHARED_PLACES);
    }

    /** 0 no shared expert, 1 one without gate, 2 one with. */
    private static long shared(Decoder decoder) {
        return decoder.tensors().layers().stream()
                .filter(layer -> layer.feedForward() instanceof Mixture)
                .mapToLong(layer -> {
                    var mixture = (Mixture) layer.feedForward();
                    return mixture.shared() == null ? 0 : mixture.sharedGate() == null ? 1 : 2;
                })
                .findFirst()
                .orElse(0);
    }

    private static long layout(DecoderSpec spec) {
        return flag(!spec.ropes().isEmpty() && spec.ropes().getFirst().layout() == RopeLayout.INTERLEAVED);
    }

    /** The script prepares masks once a step, for one length of window. */
    private static void requireOneWindow(DecoderSpec spec) {
        var lengths = spec.layers().stream()
                .map(LayerKind::window)
                .filter(window -> window != LayerKind.NO_WINDOW)
                .distinct()
                .toList();
        if (lengths.size() > 1) {
            throw new IllegalArgumentException("attention windows of different lengths are not supported: " + lengths);
        }
    }

    private static boolean biased(Decoder decoder) {
        return decoder.tensors().layers().stream().flatMap(Layer::linears).anyMatch(linear -> linear.bias() != null);
    }

    private static long flag(boolean value) {
        return value ? 1 : 0;
    }
}
