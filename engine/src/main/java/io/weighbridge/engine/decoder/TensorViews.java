package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Other tensors made of a stored one: for families that store layers joined, interleaved or transposed. Runs of rows are views of the
 * mapped file; everything else is a copy outside the heap, freed when nothing refers to it.
 */
final class TensorViews {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private TensorViews() {}

    /** {@code count} rows from {@code first} on: a view. */
    static Tensor rows(Tensor tensor, String name, long first, long count) {
        long rowBytes = rowBytes(tensor);
        var shape = replaced(tensor.shape(), count);
        return new Tensor(name, tensor.type(), shape, tensor.data().asSlice(first * rowBytes, count * rowBytes));
    }

    /** One element of the outermost dimension: a view. */
    static Tensor element(Tensor tensor, String name, int index) {
        var shape = tensor.shape().subList(1, tensor.shape().size());
        long bytes = tensor.data().byteSize() / tensor.shape().getFirst();
        return new Tensor(name, tensor.type(), shape, tensor.data().asSlice(index * bytes, bytes));
    }

    /** Row i of the result is row {@code from(i)}: a copy. */
    static Tensor gathered(Tensor tensor, String name, int count, IntUnaryOperator from) {
        long rowBytes = rowBytes(tensor);
        var data = Arena.ofAuto().allocate(Math.multiplyExact(rowBytes, (long) count));
        for (int row = 0; row < count; row++) {
            MemorySegment.copy(tensor.data(), from.applyAsInt(row) * rowBytes, data, row * rowBytes, rowBytes);
        }
        return new Tensor(name, tensor.type(), replaced(tensor.shape(), count), data.asReadOnly());
    }

    /** Tensors of the same type and shape as one with a dimension more: a copy. */
    static Tensor stacked(List<Tensor> parts) {
        var first = parts.getFirst();
        long bytes = first.data().byteSize();
        var data = Arena.ofAuto().allocate(bytes * parts.size());
        for (int i = 0; i < parts.size(); i++) {
            var part = parts.get(i);
            if (part.type() != first.type() || !part.shape().equals(first.shape())) {
                throw new CheckpointException("tensor '%s' of type %s and shape %s differs from '%s'"
                        .formatted(part.name(), part.type(), part.shape(), first.name()));
            }
            MemorySegment.copy(part.data(), 0, data, i * bytes, bytes);
        }
        var shape = new ArrayList<>(first.shape());
        shape.addFirst((long) parts.size());
        return new Tensor(first.name(), first.type(), shape, data.asReadOnly());
    }

    /** (rows, columns) as (columns, rows): a copy. Only plain types can be transposed. */
    static Tensor transposed(Tensor tensor, String name) {
        if (tensor.type().blockSize() != 1 || tensor.shape().size() != 2) {
            throw new CheckpointException("tensor '%s' of type %s and shape %s cannot be transposed"
                    .formatted(tensor.name(), tensor.type(), tensor.shape()));
        }
        long rows = tensor.shape().get(0);
        long columns = tensor.shape().get(1);
        int width = tensor.type().blockBytes();
        var data = Arena.ofAuto().allocate(tensor.data().byteSize());
        for (long row = 0; row < rows; row++) {
            for (long column = 0; column < columns; column++) {
                MemorySegment.copy(
                        tensor.data(), (row * columns + column) * width, data, (column * rows + row) * width, width);
            }
        }
        return new Tensor(name, tensor.type(), List.of(columns, rows), data.asReadOnly());
    }

    /** Every value plus 1, in float32: a copy, for norms that store their weight less 1. */
    static Tensor plusOne(Tensor tensor) {
        TensorBinder.requirePlain(tensor);
        var values = Dequantizer.values(tensor);
        var data = Arena.ofAuto().allocate(4L * values.length);
        for (int i = 0; i < values.length; i++) {
            data.set(FLOAT, 4L * i, 1 + values[i]);
        }
        return new Tensor(tensor.name(), TensorType.F32, tensor.shape(), data.asReadOnly());
    }

    private static long rowBytes(Tensor tensor) {
        return tensor.data().byteSize() / tensor.shape().getFirst();
    }

    private static List<Long> replaced(List<Long> shape, long first) {
        return shape.size() == 1 ? List.of(first) : List.of(first, shape.get(1));
    }
}
