package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderTensors;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.random.RandomGenerator;

/** Stored tensors for tests: random blocks of a type, and decoders whose weights lie exactly on a quantization's grid. */
final class StoredTensors {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private StoredTensors() {}

    /** Random bytes, but for float16 scales of either sign and very different sizes. */
    static Tensor random(TensorType type, int rows, int columns, RandomGenerator random) {
        if (type == TensorType.F32) {
            var values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return floats(List.of((long) rows, (long) columns), values);
        }
        var bytes = new byte[rows * columns / type.blockSize() * type.blockBytes()];
        random.nextBytes(bytes);
        var data = MemorySegment.ofArray(bytes);
        for (int at = 0; at < bytes.length; at += type.blockBytes()) {
            for (int place : halves(type)) {
                float scale = (float) (random.nextGaussian() * Math.scalb(1.0, -random.nextInt(18)));
                data.set(SHORT, (long) at + place, Float.floatToFloat16(scale));
            }
            if (type == TensorType.MXFP4) {
                bytes[at] = (byte) random.nextInt(100, 131);
            }
        }
        return new Tensor("random", type, List.of((long) rows, (long) columns), data);
    }

    /** Where float16 numbers lie in a block. */
    private static int[] halves(TensorType type) {
        return switch (type) {
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
            case MXFP4, NVFP4 -> new int[0];
            default -> new int[] {0};
        };
    }

    /** Normally distributed values, some of them tiny, in a type of floats. */
    static Tensor floatsAs(TensorType type, int rows, int columns, RandomGenerator random) {
        var data = Arena.ofAuto().allocate((long) rows * columns * type.blockBytes(), Float.BYTES);
        for (int i = 0; i < rows * columns; i++) {
            float value = (float) (random.nextGaussian() * Math.scalb(1.0, -random.nextInt(20)));
            switch (type) {
                case F16 -> data.set(SHORT, 2L * i, Float.floatToFloat16(value));
                case BF16 -> data.set(SHORT, 2L * i, (short) (Float.floatToRawIntBits(value) >>> 16));
                default -> data.set(FLOAT, 4L * i, value);
            }
        }
        return new Tensor("floats", type, List.of((long) rows, (long) columns), data);
    }

    static Tensor floats(List<Long> shape, float[] values) {
        var data = Arena.ofAuto().allocate((long) values.length * Float.BYTES, Float.BYTES);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return new Tensor("floats", TensorType.F32, shape, data);
    }

    /** {@code decoder} with every linear weight that is quantized moved to the nearest value that {@code bits} can hold. */
    static Decoder onGrid(Decoder decoder, WeightBits bits) {
        var tensors = decoder.tensors();
        var layers = tensors.layers().stream()
                .map(layer -> new DecoderTensors.Layer(
                        layer.attentionNorm(),
                        onGrid(layer.query(), bits),
                        onGrid(layer.key(), bits),
                        onGrid(layer.value(), bits),
                        layer.queryNorm(),
                        layer.keyNorm(),
                        layer.sinks(),
                        onGrid(layer.output(), bits),
                        layer.postAttentionNorm(),
                        layer.feedForwardNorm(),
                        switch (layer.feedForward()) {
                            case DecoderTensors.Dense dense -> onGrid(dense, bits);
                            case DecoderTensors.Mixture mixture ->
                                new DecoderTensors.Mixture(
                                        mixture.router(),
                                        mixture.experts().stream()
                                                .map(expert -> onGrid(expert, bits))
                                                .toList(),
                                        mixture.shared() == null ? null : onGrid(mixture.shared(), bits),
                                        mixture.sharedGate());
                        },
                        layer.postFeedForwardNorm()))
                .toList();
        return new Decoder(
                decoder.spec(),
                new DecoderTensors(
                        tensors.embedding(),
                        tensors.positions(),
                        tensors.embeddingNorm(),
                        layers,
                        tensors.finalNorm(),
                        onGrid(tensors.head(), WeightBits.EIGHT)));
    }

    private static DecoderTensors.Dense onGrid(DecoderTensors.Dense dense, WeightBits bits) {
        var gate = dense.gate();
        return new DecoderTensors.Dense(
                gate == null ? null : onGrid(gate, bits), onGrid(dense.up(), bits), onGrid(dense.down(), bits));
    }

    private static Linear onGrid(Linear linear, WeightBits bits) {
        var weight = linear.weight();
        var values = Dequantizer.values(weight);
        int columns = Math.toIntExact(weight.shape().get(1));
        for (int row = 0; row < values.length; row += columns) {
            for (int from = row; from < row + columns; from += Lanes.BLOCK) {
                int to = Math.min(row + columns, from + Lanes.BLOCK);
                switch (bits) {
                    case FOUR -> fourBits(values, from, to);
                    case EIGHT -> eightBits(values, from, to);
                    case BRAIN -> brains(values, from, to);
                    case STORED, FLOAT -> {}
                }
            }
        }
        return new Linear(floats(weight.shape(), values), linear.bias());
    }

    private static void brains(float[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            // A float is its upper half and a smaller one; half of the last place decides, and a tie goes to the even
            // one.
            float below = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
            float above = Float.intBitsToFloat(Float.floatToRawIntBits(below) + 0x10000);
            double middle = ((double) below + above) / 2;
            boolean up = Math.abs(values[i]) > Math.abs(middle)
                    || (values[i] == middle && (Float.floatToRawIntBits(below) >>> 16 & 1) == 1);
            values[i] = up ? above : below;
        }
    }

    private static void eightBits(float[] values, int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        float scale = half(largest / 127);
        for (int i = from; i < to; i++) {
            values[i] = scale == 0 ? 0 : scale * Math.clamp(Math.round(values[i] / scale), -127, 127);
        }
    }

    private static void fourBits(float[] values, int from, int to) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            low = Math.min(low, values[i]);
            high = Math.max(high, values[i]);
        }
        float minimum = half(low);
        float scale = half((high - low) / 15);
        for (int i = from; i < to; i++) {
            values[i] = minimum + scale * Math.clamp(Math.round((values[i] - minimum) / scale), 0, 15);
        }
    }

    private static float half(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }
}
