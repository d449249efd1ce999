package io.weighbridge.inference.executor;

import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderTensors;
import io.weighbridge.engine.kernels.KernelModelRunner;
import io.weighbridge.engine.kernels.WeightBits;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.inference.djl.DjlBackEnd;
import io.weighbridge.inference.djl.Numerics;

/**
 * Puts decoders into memory with the executor that suits their numerics. Quantized weights run in the engine's kernels, prefill
 * and decode alike, so they are held once and a token's logits never depend on which of two executors computed them. Float
 * weights, and decoders that the kernels do not support, run in libtorch, whose sums depend in the last bits on what is computed
 * together. Where answers have to be reproducible, floats run in the kernels too.
 */
public final class Executors {
    /** Of the arithmetic: to be raised by whoever changes what an executor computes, so that passports are measured again. */
    public static final int VERSION = 1;

    /** What to say where the kernels cannot run a decoder. */
    public static final String NOT_REPRODUCIBLE =
            "the kernels cannot compute this checkpoint, and only they are reproducible; set weighbridge.inference.reproducible=false";

    private Executors() {}

    /**
     * A runner for {@code decoder}. The calling thread must be the one that runs it.
     *
     * @param kvCapacityTokens token places of the KV memory, all sequences together
     * @throws IllegalArgumentException when the shapes do not allow {@code numerics}
     */
    public static ModelRunner load(Decoder decoder, Numerics numerics, int kvCapacityTokens, int threads) {
        return load(decoder, numerics, false, kvCapacityTokens, threads);
    }

    /**
     * The same, on request so that a token's logits are the same bits whatever else runs beside it.
     *
     * @throws IllegalArgumentException when that cannot be had for the decoder, too
     */
    public static ModelRunner load(
            Decoder decoder, Numerics numerics, boolean reproducible, int kvCapacityTokens, int threads) {
        if (!runsInKernels(decoder, numerics, reproducible)) {
            if (reproducible) {
                throw new IllegalArgumentException(NOT_REPRODUCIBLE);
            }
            return DjlBackEnd.load(decoder, numerics, kvCapacityTokens, threads);
        }
        return new KernelModelRunner(
                decoder,
                bits(numerics),
                bits(numerics.ofHead(decoder)),
                kvCapacityTokens,
                Math.min(threads, KernelModelRunner.THREADS_MAX));
    }

    /** Memory that {@link #load} will take. */
    public static MemoryNeed memory(Decoder decoder, Numerics numerics, MemoryNeed.Workload workload) {
        return memory(decoder, numerics, false, workload);
    }

    /** Memory that {@link #load} will take. */
    public static MemoryNeed memory(
            Decoder decoder, Numerics numerics, boolean reproducible, MemoryNeed.Workload workload) {
        return MemoryNeed.of(decoder, numerics, runsInKernels(decoder, numerics, reproducible), workload);
    }

    /** Whether the decoder's shapes allow {@code numerics}. */
    public static boolean canHold(Decoder decoder, Numerics numerics) {
        return switch (numerics) {
            case F32, BF16, INT8 -> true;
            case STORED -> runsInKernels(decoder, numerics);
            case INT4 -> runsInKernels(decoder, numerics) || Numerics.fitsInt4(decoder);
        };
    }

    /** Whether every linear weight keeps its stored value and all arithmetic is in float32, so that nothing is lost against float32. */
    public static boolean holdsExactly(Decoder decoder, Numerics numerics) {
        return holdsExactly(decoder, numerics, false);
    }

    /** The same, on request where it is reproducible. */
    public static boolean holdsExactly(Decoder decoder, Numerics numerics, boolean reproducible) {
        if (!runsInKernels(decoder, numerics, reproducible)) {
            return numerics == Numerics.F32;
        }
        var layers = decoder.tensors().layers().stream().flatMap(DecoderTensors.Layer::linears);
        return layers.allMatch(linear -> bits(numerics).holdsExactly(linear.weight()))
                && bits(numerics.ofHead(decoder))
                        .holdsExactly(decoder.tensors().head().weight());
    }

    /** Whether the logits of a token are the same bits whatever runs beside it, and however its prompt is cut into steps. */
    public static boolean isReproducible(Decoder decoder, Numerics numerics, boolean wanted) {
        return runsInKernels(decoder, numerics, wanted);
    }

    private static boolean runsInKernels(Decoder decoder, Numerics numerics) {
        return runsInKernels(decoder, numerics, false);
    }

    private static boolean runsInKernels(Decoder decoder, Numerics numerics, boolean reproducible) {
        return switch (numerics) {
            case F32, BF16 -> reproducible && KernelModelRunner.supports(decoder.spec());
            case STORED, INT8, INT4 -> KernelModelRunner.supports(decoder.spec());
        };
    }

    static WeightBits bits(Numerics numerics) {
        return switch (numerics) {
            case STORED -> WeightBits.STORED;
            case INT4 -> WeightBits.FOUR;
            case INT8 -> WeightBits.EIGHT;
            case F32 -> WeightBits.FLOAT;
            case BF16 -> WeightBits.BRAIN;
        };
    }
}
