package io.weighbridge.engine.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes small GGUF files for tests: version 3, alignment 32. */
public final class GgufWriter {
    private static final int ALIGNMENT = 32;

    private final Map<String, Object> pairs = new LinkedHashMap<>();
    private final List<Stored> tensors = new ArrayList<>();

    private record Stored(String name, TensorType type, List<Long> shape, byte[] data) {}

    /** Adds a pair; the value is an Integer, Long, Float, Double, Boolean, String or a list of one of these. */
    public GgufWriter put(String key, Object value) {
        pairs.put(key, value);
        return this;
    }

    /** Adds a tensor; {@code shape} is row-major, outermost first. */
    public GgufWriter tensor(String name, TensorType type, List<Long> shape, byte[] data) {
        tensors.add(new Stored(name, type, shape, data));
        return this;
    }

    /** Adds a tensor of floats. */
    public GgufWriter tensor(String name, List<Long> shape, float... values) {
        var data = new LittleEndian();
        for (float value : values) {
            data.int32(Float.floatToRawIntBits(value));
        }
        return tensor(name, TensorType.F32, shape, data.toBytes());
    }

    public byte[] toBytes() {
        var out = new LittleEndian().raw("GGUF").int32(3).int64(tensors.size()).int64(pairs.size());
        pairs.forEach((key, value) -> {
            out.string(key).int32(typeNumber(value));
            write(out, value);
        });
        long offset = 0;
        for (var tensor : tensors) {
            out.string(tensor.name()).int32(tensor.shape().size());
            tensor.shape().reversed().forEach(out::int64);
            out.int32(GgmlTypes.numberOf(tensor.type())).int64(offset);
            offset += Math.ceilDiv(tensor.data().length, ALIGNMENT) * (long) ALIGNMENT;
        }
        out.padTo(ALIGNMENT);
        for (var tensor : tensors) {
            out.raw(tensor.data()).padTo(ALIGNMENT);
        }
        return out.toBytes();
    }

    private static int typeNumber(Object value) {
        return switch (value) {
            case Integer _ -> 4;
            case Float _ -> 6;
            case Boolean _ -> 7;
            case String _ -> 8;
            case List<?> _ -> 9;
            case Long _ -> 10;
            case Double _ -> 12;
            default -> throw new IllegalArgumentException(value.getClass().getName());
        };
    }

    private static void write(LittleEndian out, Object value) {
        switch (value) {
            case Integer number -> out.int32(number);
            case Float number -> out.int32(Float.floatToRawIntBits(number));
            case Boolean truth -> out.number(truth ? 1 : 0, 1);
            case String text -> out.string(text);
            case List<?> list -> {
                out.int32(list.isEmpty() ? 4 : typeNumber(list.getFirst())).int64(list.size());
                list.forEach(element -> write(out, element));
            }
            case Long number -> out.int64(number);
            case Double number -> out.int64(Double.doubleToRawLongBits(number));
            default -> throw new IllegalArgumentException(value.getClass().getName());
        }
    }
}
