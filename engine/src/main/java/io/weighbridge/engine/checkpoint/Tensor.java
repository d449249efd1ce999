package io.weighbridge.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One stored tensor. {@code shape} is row-major, outermost first (for a linear layer: {@code [outputs, inputs]}), in both
 * formats; GGUF's reversed order is undone by its reader. {@code data} is a read-only view of the mapped file, little-endian,
 * exactly as long as shape and type say, and valid until the checkpoint is closed.
 */
public record Tensor(String name, TensorType type, List<Long> shape, MemorySegment data) {
    /** Number of values. */
    public long elementCount() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }
}
