package io.weighbridge.inference.variant;

import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.EncoderExecutors;
import io.weighbridge.inference.executor.MemoryNeed;

/** The numerics that an encoder is loaded in, and why. */
public final class EncoderNumerics {
    private EncoderNumerics() {}

    /**
     * What {@code setting} says. Encoders have fewer numerics than decoders, and one replica may serve both: for four bits and stored ones
     * eight are taken. On {@link NumericsChoice#AUTO} float32, because vectors are stored and compared for years; eight bits if that does not
     * fit.
     *
     * @param availableBytes memory that the model may take
     * @throws IllegalArgumentException when the setting names no numerics
     */
    public static NumericsChoice of(String setting, Encoder encoder, int stepTokens, long availableBytes) {
        var stored = encoder.tensors().layers().getFirst().up().weight().type();
        if (!setting.equals(NumericsChoice.AUTO)) {
            var asked = Numerics.parse(setting);
            var taken = switch (asked) {
                case F32, BF16, INT8 -> asked;
                case STORED, INT4 -> Numerics.INT8;
            };
            var reason = taken == asked
                    ? "%s as set; the file stores %s".formatted(taken.label(), stored)
                    : "%s, as encoders have no %s".formatted(taken.label(), asked.label());
            return new NumericsChoice(taken, reason, EncoderExecutors.memory(encoder, taken, stepTokens));
        }
        var widest = Numerics.F32;
        var need = EncoderExecutors.memory(encoder, widest, stepTokens);
        if (need.total() <= availableBytes) {
            return new NumericsChoice(widest, reason(widest, stored, need, availableBytes, ""), need);
        }
        var passedOver = " (%s would need %s)".formatted(widest.label(), MemoryNeed.mebibytes(need.total()));
        var narrow = EncoderExecutors.memory(encoder, Numerics.INT8, stepTokens);
        return new NumericsChoice(
                Numerics.INT8, reason(Numerics.INT8, stored, narrow, availableBytes, passedOver), narrow);
    }

    private static String reason(
            Numerics numerics, TensorType stored, MemoryNeed need, long availableBytes, String passedOver) {
        return "%s for an encoder stored mostly as %s%s; needs %s of the %s available"
                .formatted(
                        numerics.label(),
                        stored,
                        passedOver,
                        MemoryNeed.mebibytes(need.total()),
                        MemoryNeed.mebibytes(availableBytes));
    }
}
