package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Lays stored weights out in memory for the kernels, tile by tile in all workers. What was read of a mapped file is given back to
 * the system, so that a model is in memory once while it loads, too.
 */
final class WeightLoader {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, Lanes.ORDER);

    private final Workers workers;
    private final Arena arena;
    private final Scratch[] scratches;

    WeightLoader(Workers workers, Arena arena) {
        this.workers = workers;
        this.arena = arena;
        scratches = new Scratch[workers.count()];
        Arrays.setAll(scratches, i -> new Scratch());
    }

    Workers workers() {
        return workers;
    }

    Scratch scratch(int worker) {
        return scratches[worker];
    }

    /** A linear layer whose weight is held in {@code bits}. */
    KernelLinear linear(Linear stored, WeightBits bits) {
        var bias = stored.bias();
        return new KernelLinear(matrix(stored.weight(), bits), bias == null ? new float[0] : Dequantizer.values(bias));
    }

    /** A linear layer held in floats. */
    KernelLinear wide(Linear stored) {
        var bias = stored.bias();
        return new KernelLinear(
                FloatMatrix.of(stored.weight(), arena, this), bias == null ? new float[0] : Dequantizer.values(bias));
    }

    private TiledMatrix matrix(Tensor weight, WeightBits bits) {
        var matrix = switch (bits) {
            case FOUR -> FourBitMatrix.of(weight, arena, this);
            case EIGHT -> EightBitMatrix.of(weight, arena, this);
            case BRAIN -> FloatMatrix.brains(weight, arena, this);
            case FLOAT -> FloatMatrix.of(weight, arena, this);
            case STORED ->
                FourBitMatrix.holds(weight.type())
                        ? FourBitMatrix.of(weight, arena, this)
                        : FloatMatrix.holds(weight.type())
                                ? FloatMatrix.of(weight, arena, this)
                                : EightBitMatrix.of(weight, arena, this);
        };
        if (weight.data().isMapped()) {
            weight.data().unload();
        }
        return matrix;
    }

    /** {@code value} as a float16, or refused. */
    static short half(Tensor weight, float value) {
        return finite(weight, Float.floatToFloat16(value));
    }

    /** {@code bits} as they are, or refused when they are no finite float16. */
    static short finite(Tensor weight, short bits) {
        if (!Float.isFinite(Float.float16ToFloat(bits))) {
            throw new CheckpointException("tensor '%s' holds values that fit no float16 scale; load it as f32 or bf16"
                    .formatted(weight.name()));
        }
        return bits;
    }

    static short shortAt(byte[] bytes, int at) {
        return (short) SHORT.get(bytes, at);
    }

    static void putShort(byte[] bytes, int at, short value) {
        SHORT.set(bytes, at, value);
    }

    /** One worker's memory, used for one tile after the other. */
    static final class Scratch {
        private byte[] tile = {};
        private byte[] row = {};
        private float[] values = {};
        private final byte[] numbers = new byte[Scales.SUPER_INPUTS];

        byte[] tile() {
            return tile;
        }

        /** One block's whole numbers. */
        byte[] numbers() {
            return numbers;
        }

        void clearTile(long bytes) {
            if (tile.length < bytes) {
                tile = new byte[Math.toIntExact(bytes)];
            } else {
                Arrays.fill(tile, 0, (int) bytes, (byte) 0);
            }
        }

        void copyTile(MemorySegment memory, long at, long bytes) {
            MemorySegment.copy(tile, 0, memory, ValueLayout.JAVA_BYTE, at, Math.toIntExact(bytes));
        }

        /** A row as it lies in the file. */
        byte[] storedRow(Tensor weight, int index) {
            int bytes =
                    Math.toIntExact(weight.data().byteSize() / weight.shape().getFirst());
            if (row.length < bytes) {
                row = new byte[bytes];
            }
            MemorySegment.copy(weight.data(), ValueLayout.JAVA_BYTE, (long) index * bytes, row, 0, bytes);
            return row;
        }

        /** A row widened to floats. */
        float[] values(Tensor weight, int index) {
            int columns = Math.toIntExact(weight.shape().get(1));
            if (values.length < columns) {
                values = new float[columns];
            }
            Dequantizer.rows(weight, index, 1, values, 0);
            return values;
        }
    }
}
