package io.weighbridge.inference.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns stored weights into what the decoder's {@code linear} reads: weight, scales, bias. Layers that see the same input are
 * joined by their outputs, so that one product does the work of two or three. Works through the rows in pieces; the most that
 * exists beside the result is {@link #PIECE_VALUES_MAX} values in float32.
 */
final class PackedLinear {
    /** Values of a group that share a scale in {@link Numerics#INT4}. */
    static final int INT4_GROUP = 32;

    /** The four-bit kernel computes this many outputs at a time. */
    static final int INT4_ROW_MULTIPLE = 16;

    /** The four-bit layout is laid out in blocks of this many rows; pieces that are multiples of it can be joined. */
    private static final int INT4_PACK_ROWS = 64;

    /** Values widened at a time: 32 Mi, 128 MiB in float32. */
    private static final long PIECE_VALUES_MAX = 32L << 20;

    private static final int TORCH_BFLOAT16 = 15;

    private final TorchModule module;
    private final PtNDManager owner;
    private final Numerics numerics;

    /** {@code owner} will hold the results. */
    PackedLinear(TorchModule module, PtNDManager owner, Numerics numerics) {
        this.module = module;
        this.owner = owner;
        this.numerics = numerics;
    }

    /** Kind as the decoder's {@code linear} takes it. */
    static int kind(Numerics numerics) {
        return switch (numerics) {
            case F32 -> 32;
            case BF16 -> 16;
            case INT8 -> 8;
            case INT4 -> 4;
            case STORED -> throw new IllegalArgumentException("libtorch does not hold weights as stored");
        };
    }

    /** Weight, scales, bias of the layers joined by their outputs. */
    List<PtNDArray> pack(Linear... parts) {
        var weights = new ArrayList<Tensor>();
        for (var part : parts) {
            weights.add(part.weight());
        }
        var packed = new ArrayList<>(
                switch (numerics) {
                    case F32, BF16 -> List.of(dense(weights), empty());
                    case INT8 -> int8(weights);
                    case INT4 -> int4(weights);
                    case STORED -> throw new IllegalArgumentException("libtorch does not hold weights as stored");
                });
        packed.add(bias(parts));
        return packed;
    }

    /** A norm's weight, twice over as the decoder's RMS norm wants it, float32. */
    PtNDArray twice(Tensor stored) {
        var values = Dequantizer.values(stored);
        var twice = Arrays.copyOf(values, 2 * values.length);
        System.arraycopy(values, 0, twice, values.length, values.length);
        return TorchModule.floats(owner, twice, twice.length);
    }

    /** All values of a small tensor, float32. */
    PtNDArray values(Tensor stored) {
        var values = Dequantizer.values(stored);
        return TorchModule.floats(owner, values, values.length);
    }

    /** {@code values} itself in float32, or cast and closed. */
    private PtNDArray inStoredType(PtNDArray values) {
        if (numerics != Numerics.BF16) {
            return values;
        }
        try (values;
                var argument = IValue.from(values);
                var dtype = IValue.from(TORCH_BFLOAT16)) {
            return module.call(owner, "cast", argument, dtype);
        }
    }

    /** What stands for something absent. */
    PtNDArray empty() {
        return TorchModule.floats(owner, new float[0], 0);
    }

    private PtNDArray bias(Linear... parts) {
        var sizes = 0;
        for (var part : parts) {
            sizes += Math.toIntExact(part.weight().shape().getFirst());
        }
        var values = new float[sizes];
        var any = false;
        var at = 0;
        for (var part : parts) {
            var size = Math.toIntExact(part.weight().shape().getFirst());
            var bias = part.bias();
            if (bias != null) {
                any = true;
                System.arraycopy(Dequantizer.values(bias), 0, values, at, size);
            }
            at += size;
        }
        return any ? TorchModule.floats(owner, values, values.length) : empty();
    }

    private PtNDArray dense(List<Tensor> weights) {
        if (numerics == Numerics.F32 && weights.size() == 1 && canBeViewed(weights.getFirst())) {
            var weight = weights.getFirst();
            return TorchModule.view(
                    owner, buffer(weight, 0, rows(weight)), DataType.FLOAT32, rows(weight), columns(weight));
        }
        var pieces = new ArrayList<PtNDArray>();
        forEachPiece(weights, 1, (weight, row, count) -> pieces.add(inStoredType(widen(owner, weight, row, count))));
        return join(pieces, 0);
    }

    private static boolean canBeViewed(Tensor weight) {
        return weight.type() == TensorType.F32 && weight.data().byteSize() <= Integer.MAX_VALUE;
    }

    private List<PtNDArray> int8(List<Tensor> weights) {
        var quantized = new ArrayList<PtNDArray>();
        var scales = new ArrayList<PtNDArray>();
        forEachPiece(weights, 1, (weight, row, count) -> {
            try (var scratch = owner.newSubManager();
                    var values = IValue.from(widen((PtNDManager) scratch, weight, row, count))) {
                var packed = module.callForList(owner, "pack_int8", values);
                quantized.add(packed.get(0));
                scales.add(packed.get(1));
            }
        });
        return List.of(join(quantized, 0), join(scales, 0));
    }

    private List<PtNDArray> int4(List<Tensor> weights) {
        var packed = new ArrayList<PtNDArray>();
        var scales = new ArrayList<PtNDArray>();
        var piecesCanBeJoined = weights.stream().allMatch(weight -> rows(weight) % INT4_PACK_ROWS == 0);
        try (var together = (PtNDManager) owner.newSubManager()) {
            var parts = new ArrayList<PtNDArray>();
            forEachPiece(weights, INT4_PACK_ROWS, (weight, row, count) -> {
                parts.addAll(nibbles(together, weight, row, count));
                if (piecesCanBeJoined) {
                    packInt4(parts, packed, scales);
                }
            });
            if (!piecesCanBeJoined) {
                packInt4(parts, packed, scales);
            }
        }
        return List.of(join(packed, 0), join(scales, 1));
    }

    private void packInt4(List<PtNDArray> parts, List<PtNDArray> packed, List<PtNDArray> scales) {
        try (var argument = TorchModule.list(parts)) {
            var result = module.callForList(owner, "pack_int4", argument);
            packed.add(result.get(0));
            scales.add(result.get(1));
        }
        TorchModule.closeAll(parts);
        parts.clear();
    }

    private List<PtNDArray> nibbles(PtNDManager results, Tensor weight, long row, int count) {
        try (var scratch = (PtNDManager) owner.newSubManager()) {
            if (weight.type() == TensorType.Q4_0 || weight.type() == TensorType.Q4_1) {
                var raw = TorchModule.view(
                        scratch,
                        buffer(weight, row, count),
                        DataType.UINT8,
                        count,
                        columns(weight) / INT4_GROUP,
                        weight.type().blockBytes());
                try (var argument = IValue.from(raw)) {
                    return module.callForList(results, "nibbles_of_blocks", argument);
                }
            }
            try (var argument = IValue.from(widen(scratch, weight, row, count))) {
                return module.callForList(results, "nibbles_of_values", argument);
            }
        }
    }

    private PtNDArray widen(PtNDManager manager, Tensor weight, long row, int count) {
        var values = new float[Math.toIntExact(count * columns(weight))];
        Dequantizer.rows(weight, row, count, values, 0);
        return TorchModule.floats(manager, values, count, columns(weight));
    }

    private PtNDArray join(List<PtNDArray> pieces, int dimension) {
        if (pieces.size() == 1) {
            return pieces.getFirst();
        }
        try (var list = TorchModule.list(pieces);
                var at = IValue.from(dimension)) {
            return module.call(owner, "join", list, at);
        } finally {
            TorchModule.closeAll(pieces);
        }
    }

    @FunctionalInterface
    private interface Piece {
        void rows(Tensor weight, long row, int count);
    }

    /** Cuts all weights into runs of rows, each but a weight's last a multiple of {@code rowMultiple}. */
    private static void forEachPiece(List<Tensor> weights, int rowMultiple, Piece piece) {
        for (var weight : weights) {
            var fitting = Math.max(1, PIECE_VALUES_MAX / columns(weight) / rowMultiple) * rowMultiple;
            for (long row = 0; row < rows(weight); row += fitting) {
                piece.rows(weight, row, Math.toIntExact(Math.min(fitting, rows(weight) - row)));
            }
        }
    }

    private static ByteBuffer buffer(Tensor weight, long row, long count) {
        var rowBytes = weight.data().byteSize() / rows(weight);
        return weight.data().asSlice(row * rowBytes, count * rowBytes).asByteBuffer();
    }

    private static long rows(Tensor weight) {
        return weight.shape().get(0);
    }

    private static long columns(Tensor weight) {
        return weight.shape().get(1);
    }
}
