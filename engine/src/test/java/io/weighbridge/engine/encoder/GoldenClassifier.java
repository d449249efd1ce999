package io.weighbridge.engine.encoder;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.SafetensorsFile;
import io.weighbridge.engine.checkpoint.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The golden cross-encoders of the engine's test resources: tiny seeded checkpoints with the values that Hugging Face transformers
 * computed in fp32 for a padded batch of pairs (src/test/oracle/classifiers.py).
 *
 * @param inputs without the padding
 * @param values for each input one for each label, after the activation
 */
public record GoldenClassifier(List<EncoderInput> inputs, List<float[]> values) {
    /** Names of the folders. */
    public static final List<String> FOLDERS =
            List.of("bert-cross", "xlm-roberta-labels", "distilbert-cross", "mpnet-labels");

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Folder {@code name} in the module's sources. */
    public static Path path(String name) {
        return Path.of("src", "test", "resources", "classifiers", name);
    }

    public static GoldenClassifier of(Path folder) {
        try (var file = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
            var ids = tensor(file, "input_ids");
            var inputs = new ArrayList<EncoderInput>();
            var values = new ArrayList<float[]>();
            var wanted = tensor(file, "values");
            for (int row = 0; row < ids.shape().getFirst(); row++) {
                int length = (int) Arrays.stream(row(tensor(file, "attention_mask"), row))
                        .filter(mask -> mask == 1)
                        .count();
                inputs.add(new EncoderInput(
                        Arrays.copyOf(row(ids, row), length),
                        Arrays.copyOf(row(tensor(file, "token_type_ids"), row), length)));
                var value = new float[Math.toIntExact(wanted.shape().get(1))];
                Dequantizer.rows(wanted, row, 1, value, 0);
                values.add(value);
            }
            return new GoldenClassifier(inputs, values);
        }
    }

    /** The largest difference of any value; values of another number are infinitely far. */
    public double difference(List<float[]> others) {
        return new GoldenEncoder(List.of(), values).difference(others);
    }

    private static int[] row(Tensor tensor, int row) {
        int width = Math.toIntExact(tensor.shape().get(1));
        var values = new int[width];
        for (int i = 0; i < width; i++) {
            values[i] = (int) tensor.data().getAtIndex(LONG, (long) row * width + i);
        }
        return values;
    }

    private static Tensor tensor(SafetensorsFile file, String name) {
        return Objects.requireNonNull(file.tensors().get(name), name);
    }
}
