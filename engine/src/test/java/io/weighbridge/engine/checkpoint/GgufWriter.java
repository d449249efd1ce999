package io.weighbridge.engine.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Writes small GGUF files for tests: version 3, alignment 32. */
public final class GgufWriter {
    private static final int ALIGNMENT = 32;

    private static final Map<TensorType, Integer> TYPE_NUMBERS = Map.ofEntries(
            Map.entry(TensorType.F32, 0),
            Map.entry(TensorType.F16, 1),
            Map.entry(TensorType.Q4_0, 2),
            Map.entry(TensorType.Q4_1, 3),
            Map.entry(TensorType.Q5_0, 6),
            Map.entry(TensorType.Q5_1, 7),
            Map.entry(TensorType.Q8_0, 8),
            Map.entry(TensorType.Q2_K, 10),
            Map.entry(TensorType.Q3_K, 11),
            Map.entry(TensorType.Q4_K, 12),
            Map.entry(TensorType.Q5_K, 13),
            Map.entry(TensorType.Q6_K, 14),
            Map.entry(TensorType.I8, 24),
            Map.entry(TensorType.I16, 25),
            Map.entry(TensorType.I32, 26),
            Map.entry(TensorType.I64, 27),
            Map.entry(TensorType.F64, 28),
            Map.entry(TensorType.BF16, 30));

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
            out.int32(Objects.requireNonNull(TYPE_NUMBERS.get(tensor.type()))).int64(offset);
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
