package io.weighbridge.inference.executor;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Mixture;
import io.weighbridge.engine.kernels.KernelModelRunner;
import io.weighbridge.inference.djl.Numerics;
import java.util.stream.Stream;

/**
 * Memory that one loaded model takes, in bytes, computed from its tensors before it is loaded. What the process takes without any
 * model is not part of it: Java's heap and code, and about 500 MiB of libtorch's libraries once they are used.
 *
 * @param weights everything that stays: linear weights as the executor holds them, norms, biases, tables of rotations
 * @param mapped tables that are read from the mapped file: embeddings and learned positions
 * @param kv keys and values of all places; the kernels take it as it is first written
 * @param scratch the most that exists for a while: in a step, or beside the weights while they are laid out
 */
public record MemoryNeed(long weights, long mapped, long kv, long scratch) {
    /** Values that libtorch's packing widens at a time; it holds them twice, on the heap and in a tensor. */
    private static final long PIECE_VALUES = 32L << 20;

    /** Tokens that the kernels take through the layers together. */
    private static final int KERNEL_TOKENS = 64;

    public long total() {
        return weights + mapped + kv + scratch;
    }

    /**
     * As many token places as {@code kvBytes} hold in float32, but no more than {@code sequences} that run at once can fill; may be 0.
     */
    public static int kvPlaces(DecoderSpec spec, long kvBytes, int sequences) {
        long places = kvBytes / kvBytesPerToken(spec);
        return Math.toIntExact(Math.min(Math.min(places, Integer.MAX_VALUE), (long) sequences * spec.contextLength()));
    }

    /** Keys and values of one token in all layers, in float32. */
    public static long kvBytesPerToken(DecoderSpec spec) {
        return 2L * Float.BYTES * placeValues(spec);
    }

    /** What a decoder needs in {@code numerics}. */
    static MemoryNeed of(Decoder decoder, Numerics numerics, boolean kernels, Workload workload) {
        long weights =
                linears(decoder, numerics, kernels) + small(decoder) + (kernels ? 0 : ropeTables(decoder.spec()));
        var positions = decoder.tensors().positions();
        long mapped = decoder.tensors().embedding().data().byteSize()
                + (positions == null ? 0 : positions.data().byteSize());
        long kv = kernels
                ? KernelModelRunner.kvBytes(decoder.spec(), workload.kvPlaces())
                : 2L * Float.BYTES * placeValues(decoder.spec()) * workload.kvPlaces();
        long scratch = kernels
                ? kernelScratch(decoder.spec(), workload)
                : Math.max(torchScratch(decoder.spec(), workload), torchPacking(decoder, numerics));
        return new MemoryNeed(weights, mapped, kv, scratch);
    }

    private static long linears(Decoder decoder, Numerics numerics, boolean kernels) {
        long bytes = decoder.tensors().layers().stream()
                .flatMap(Layer::linears)
                .mapToLong(linear -> bytes(linear.weight(), numerics, kernels))
                .sum();
        return bytes + bytes(decoder.tensors().head().weight(), numerics.ofHead(decoder), kernels);
    }

    private static long bytes(Tensor weight, Numerics numerics, boolean kernels) {
        if (kernels) {
            return Executors.bits(numerics).bytes(weight);
        }
        long values = weight.elementCount();
        return switch (numerics) {
            case F32 -> Float.BYTES * values;
            case BF16 -> 2 * values;
            // Rows padded to what the kernel reads at a time, and one scale for each.
            case INT8 ->
                weight.shape().getFirst() * (32 * Math.ceilDiv(weight.shape().getLast(), 32L) + 2);
            // Half a byte and, for 32 values, a scale and a zero in two bytes each.
            case INT4 -> values / 2 + values / 8;
            case STORED -> weight.data().byteSize();
        };
    }

    /** Norms, biases and routers, all float32; norms of the kernels are padded a little. */
    private static long small(Decoder decoder) {
        var tensors = decoder.tensors();
        long values = 0;
        for (var layer : tensors.layers()) {
            for (var norm : Stream.of(
                            layer.attentionNorm(),
                            layer.feedForwardNorm(),
                            layer.postAttentionNorm(),
                            layer.postFeedForwardNorm())
                    .filter(java.util.Objects::nonNull)
                    .toList()) {
                // libtorch's root mean square norm wants its weights twice.
                values += 2 * norm.weight().elementCount();
            }
            values += layer.linears()
                    .map(Linear::bias)
                    .filter(java.util.Objects::nonNull)
                    .mapToLong(Tensor::elementCount)
                    .sum();
            if (layer.feedForward() instanceof Mixture mixture) {
                values += mixture.router().weight().elementCount();
            }
        }
        return Float.BYTES * values;
    }

    private static long ropeTables(DecoderSpec spec) {
        return spec.ropes().size() * 2L * Float.BYTES * spec.contextLength() * spec.headDimension();
    }

    private static long placeValues(DecoderSpec spec) {
        return (long) spec.layerCount() * spec.kvHeadCount() * spec.headDimension();
    }

    private static long kernelScratch(DecoderSpec spec, Workload workload) {
        long heads = (long) spec.headCount() * spec.headDimension();
        long rows = 4L * spec.hiddenSize() + 5 * heads + 3L * spec.feedForward().size();
        long eachThread = spec.contextLength()
                + 4L * Math.max(spec.hiddenSize(), spec.feedForward().size());
        return Float.BYTES * (KERNEL_TOKENS * rows + workload.threads() * eachThread + logits(spec, workload));
    }

    private static long torchScratch(DecoderSpec spec, Workload workload) {
        int tokens = workload.tokensPerStep();
        long rows = 6L * spec.hiddenSize()
                + 4L * spec.headCount() * spec.headDimension()
                + 4L * spec.feedForward().size();
        long seen = Math.min(spec.contextLength(), workload.kvPlaces());
        // The fused attention keeps no scores but a mask; the other keeps the scores of all heads, twice.
        boolean fused = spec.attention().softCap() == 0 && !spec.attention().sinks();
        long scores = tokens * seen * (fused ? 1 : 2L * spec.headCount());
        return Float.BYTES * (tokens * rows + scores + logits(spec, workload));
    }

    /** What exists beside the weights while they are packed: widened values on the heap and in tensors, parts before they are joined. */
    private static long torchPacking(Decoder decoder, Numerics numerics) {
        long largest = Stream.concat(
                        decoder.tensors().layers().stream().flatMap(Layer::linears),
                        Stream.of(decoder.tensors().head()))
                .mapToLong(linear -> linear.weight().elementCount())
                .max()
                .orElse(0);
        long piece = Float.BYTES * Math.min(largest, PIECE_VALUES);
        return switch (numerics) {
            // The piece on the heap, and all parts of the largest layer before they are joined.
            case F32 -> piece + Float.BYTES * largest;
            case BF16 -> 2 * piece + 2 * largest;
            // Rounding takes two more tensors of the piece's size.
            case STORED, INT8, INT4 -> 4 * piece + largest;
        };
    }

    private static long logits(DecoderSpec spec, Workload workload) {
        return 2L * workload.sequences() * spec.vocabularySize();
    }

    /** The sum in words, such as "612 MiB (weights 100, embeddings 28, keys and values 460, scratch 24)". */
    public String describe() {
        return "%s (weights %d, mapped tables %d, keys and values %d, scratch %d)"
                .formatted(mebibytes(total()), mib(weights), mib(mapped), mib(kv), mib(scratch));
    }

    /** {@code bytes} as whole MiB, rounded up. */
    public static String mebibytes(long bytes) {
        return mib(bytes) + " MiB";
    }

    private static long mib(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20);
    }

    /**
     * How a model will be used.
     *
     * @param kvPlaces token places of the KV memory, all sequences together
     * @param tokensPerStep tokens of one forward pass
     * @param sequences that may want logits in the same step
     */
    public record Workload(int kvPlaces, int tokensPerStep, int sequences, int threads) {}
}
