package io.weighbridge.engine.checkpoint;

import java.util.Map;

/** The tensor types of GGUF files by ggml's numbers. */
final class GgmlTypes {
    private static final Map<Integer, TensorType> SUPPORTED = Map.ofEntries(
            Map.entry(0, TensorType.F32),
            Map.entry(1, TensorType.F16),
            Map.entry(2, TensorType.Q4_0),
            Map.entry(3, TensorType.Q4_1),
            Map.entry(6, TensorType.Q5_0),
            Map.entry(7, TensorType.Q5_1),
            Map.entry(8, TensorType.Q8_0),
            Map.entry(10, TensorType.Q2_K),
            Map.entry(11, TensorType.Q3_K),
            Map.entry(12, TensorType.Q4_K),
            Map.entry(13, TensorType.Q5_K),
            Map.entry(14, TensorType.Q6_K),
            Map.entry(16, TensorType.IQ2_XXS),
            Map.entry(17, TensorType.IQ2_XS),
            Map.entry(18, TensorType.IQ3_XXS),
            Map.entry(19, TensorType.IQ1_S),
            Map.entry(20, TensorType.IQ4_NL),
            Map.entry(21, TensorType.IQ3_S),
            Map.entry(22, TensorType.IQ2_S),
            Map.entry(23, TensorType.IQ4_XS),
            Map.entry(24, TensorType.I8),
            Map.entry(25, TensorType.I16),
            Map.entry(26, TensorType.I32),
            Map.entry(27, TensorType.I64),
            Map.entry(28, TensorType.F64),
            Map.entry(29, TensorType.IQ1_M),
            Map.entry(30, TensorType.BF16),
            Map.entry(34, TensorType.TQ1_0),
            Map.entry(35, TensorType.TQ2_0),
            Map.entry(39, TensorType.MXFP4),
            Map.entry(40, TensorType.NVFP4),
            Map.entry(41, TensorType.Q1_0));

    /** Types that have a number but belong in no file, and why. */
    private static final Map<Integer, String> REFUSED = Map.ofEntries(
            Map.entry(4, "Q4_2, which ggml no longer reads"),
            Map.entry(5, "Q4_3, which ggml no longer reads"),
            Map.entry(9, "Q8_1, in which ggml computes but does not store"),
            Map.entry(15, "Q8_K, in which ggml computes but does not store"),
            Map.entry(31, "Q4_0_4_4, a layout for one kind of processor which ggml no longer reads"),
            Map.entry(32, "Q4_0_4_8, a layout for one kind of processor which ggml no longer reads"),
            Map.entry(33, "Q4_0_8_8, a layout for one kind of processor which ggml no longer reads"),
            Map.entry(36, "IQ4_NL_4_4, a layout for one kind of processor which ggml no longer reads"),
            Map.entry(37, "IQ4_NL_4_8, a layout for one kind of processor which ggml no longer reads"),
            Map.entry(38, "IQ4_NL_8_8, a layout for one kind of processor which ggml no longer reads"));

    private GgmlTypes() {}

    static TensorType of(MappedFile file, String tensor, int number) {
        var type = SUPPORTED.get(number);
        if (type == null) {
            var name = REFUSED.getOrDefault(
                    number, "number %s, which is unknown".formatted(Integer.toUnsignedString(number)));
            throw file.refused(
                    "tensor '%s' has type %s; use one of %s",
                    tensor, name, SUPPORTED.values().stream().sorted().toList());
        }
        return type;
    }

    /** The number of a type that GGUF files hold. */
    static int numberOf(TensorType type) {
        return SUPPORTED.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("GGUF has no type %s".formatted(type)));
    }
}
