package io.weighbridge.inference.variant;

import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The numerics that a checkpoint is loaded in, and why.
 *
 * @param reason one sentence for people
 * @param reproducible whether the same request gives the same tokens whatever runs beside it
 */
public record NumericsChoice(Numerics numerics, String reason, MemoryNeed need, boolean reproducible) {
    /** One of which nothing is promised. */
    public NumericsChoice(Numerics numerics, String reason, MemoryNeed need) {
        this(numerics, reason, need, false);
    }

    /** The setting that leaves the choice to {@link #auto}. */
    public static final String AUTO = "auto";

    /**
     * What {@code setting} says: a name of {@link Numerics}, or {@link #AUTO}.
     *
     * @param availableBytes memory that the model may take
     * @throws IllegalArgumentException when the setting names no numerics
     */
    public static NumericsChoice of(
            String setting, Decoder decoder, MemoryNeed.Workload workload, long availableBytes, Machine machine) {
        return of(setting, false, decoder, workload, availableBytes, machine);
    }

    /**
     * The same where answers may have to be reproducible.
     *
     * @throws IllegalArgumentException when they cannot be, too
     */
    public static NumericsChoice of(
            String setting,
            boolean reproducible,
            Decoder decoder,
            MemoryNeed.Workload workload,
            long availableBytes,
            Machine machine) {
        var choice = setting.equals(AUTO)
                ? auto(reproducible, decoder, workload, availableBytes, machine)
                : set(Numerics.parse(setting), reproducible, decoder, workload);
        if (reproducible && !choice.reproducible) {
            throw new IllegalArgumentException(Executors.NOT_REPRODUCIBLE);
        }
        return choice;
    }

    private static NumericsChoice set(
            Numerics numerics, boolean reproducible, Decoder decoder, MemoryNeed.Workload workload) {
        return new NumericsChoice(
                numerics,
                "%s as set; the file stores %s".formatted(numerics.label(), storedMostly(decoder)),
                Executors.memory(decoder, numerics, reproducible, workload),
                Executors.isReproducible(decoder, numerics, reproducible));
    }

    /**
     * The first of these that fits: quantized weights as stored; floats in float32, or in bfloat16 where the processor computes with it and
     * it loses nothing; then eight, then four bits. If nothing fits, the narrowest, whose loading will be refused with the arithmetic.
     */
    private static NumericsChoice auto(
            boolean reproducible, Decoder decoder, MemoryNeed.Workload workload, long availableBytes, Machine machine) {
        var stored = storedMostly(decoder);
        var passedOver = new ArrayList<String>();
        var candidates = candidates(reproducible, decoder, stored, machine, passedOver);
        NumericsChoice narrowest = null;
        for (var numerics : candidates) {
            var need = Executors.memory(decoder, numerics, reproducible, workload);
            var choice = new NumericsChoice(
                    numerics,
                    reason(numerics, stored, need, availableBytes, passedOver),
                    need,
                    Executors.isReproducible(decoder, numerics, reproducible));
            if (need.total() <= availableBytes) {
                return choice;
            }
            passedOver.add("%s would need %s".formatted(numerics.label(), MemoryNeed.mebibytes(need.total())));
            if (narrowest == null || need.total() < narrowest.need().total()) {
                narrowest = choice;
            }
        }
        var last = java.util.Objects.requireNonNull(narrowest);
        return new NumericsChoice(
                last.numerics(),
                "%s is the least that can be had and does not fit: %s, %s are available"
                        .formatted(
                                last.numerics().label(),
                                String.join(", ", passedOver),
                                MemoryNeed.mebibytes(availableBytes)),
                last.need(),
                last.reproducible);
    }

    private static List<Numerics> candidates(
            boolean reproducible, Decoder decoder, TensorType stored, Machine machine, List<String> passedOver) {
        var candidates = new ArrayList<Numerics>();
        switch (stored) {
            case BF16, F8_E4M3, F8_E5M2 -> {
                // The kernels widen weights of 16 bits as they read them and compute in float32 on any processor.
                if (machine.bfloat16() || reproducible) {
                    candidates.add(Numerics.BF16);
                } else {
                    passedOver.add("bf16 is slow on this processor");
                    candidates.add(Numerics.F32);
                }
            }
            case F64, F32, F16, I64, I32, I16, I8, U8, BOOL -> candidates.add(Numerics.F32);
            default -> candidates.add(Numerics.auto(decoder));
        }
        for (var narrow : List.of(Numerics.INT8, Numerics.INT4)) {
            boolean narrower = candidates.getLast() != Numerics.INT4;
            if (narrower && !candidates.contains(narrow) && Executors.canHold(decoder, narrow)) {
                candidates.add(narrow);
            }
        }
        return candidates;
    }

    private static String reason(
            Numerics numerics, TensorType stored, MemoryNeed need, long availableBytes, List<String> passedOver) {
        return "%s for weights stored mostly as %s%s; needs %s of the %s available"
                .formatted(
                        numerics.label(),
                        stored,
                        passedOver.isEmpty() ? "" : " (" + String.join(", ", passedOver) + ")",
                        MemoryNeed.mebibytes(need.total()),
                        MemoryNeed.mebibytes(availableBytes));
    }

    /** The type with the most bytes among the layers' linear weights. */
    static TensorType storedMostly(Decoder decoder) {
        Map<TensorType, Long> bytes = decoder.tensors().layers().stream()
                .flatMap(Layer::linears)
                .map(Linear::weight)
                .collect(Collectors.groupingBy(
                        weight -> weight.type(),
                        Collectors.summingLong(weight -> weight.data().byteSize())));
        return bytes.entrySet().stream()
                .max(Map.Entry.<TensorType, Long>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
    }
}
