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
            Map.entry(24, TensorType.I8),
            Map.entry(25, TensorType.I16),
            Map.entry(26, TensorType.I32),
            Map.entry(27, TensorType.I64),
            Map.entry(28, TensorType.F64),
            Map.entry(30, TensorType.BF16),
            Map.entry(39, TensorType.MXFP4));

    /** Types that exist but cannot be read here, so that the message can name them. */
    private static final Map<Integer, String> UNSUPPORTED = Map.ofEntries(
            Map.entry(4, "Q4_2"),
            Map.entry(5, "Q4_3"),
            Map.entry(9, "Q8_1"),
            Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"),
            Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"),
            Map.entry(20, "IQ4_NL"),
            Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"),
            Map.entry(23, "IQ4_XS"),
            Map.entry(29, "IQ1_M"),
            Map.entry(31, "Q4_0_4_4"),
            Map.entry(32, "Q4_0_4_8"),
            Map.entry(33, "Q4_0_8_8"),
            Map.entry(34, "TQ1_0"),
            Map.entry(35, "TQ2_0"),
            Map.entry(40, "NVFP4"));

    private GgmlTypes() {}

    static TensorType of(MappedFile file, String tensor, int number) {
        var type = SUPPORTED.get(number);
        if (type == null) {
            var name = UNSUPPORTED.getOrDefault(number, "number " + Integer.toUnsignedString(number));
            throw file.refused(
                    "tensor '%s' has type %s, which is not supported; use one of %s",
                    tensor, name, SUPPORTED.values().stream().sorted().toList());
        }
        return type;
    }
}
