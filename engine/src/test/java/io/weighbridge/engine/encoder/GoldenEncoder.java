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
 * The golden encoders of the engine's test resources: tiny seeded checkpoints with the embeddings that Hugging Face transformers
 * computed in fp32 for a padded batch (src/test/oracle/encoders.py).
 *
 * @param inputs without the padding
 */
public record GoldenEncoder(List<int[]> inputs, List<float[]> embeddings) {
    /** Names of the folders: families with their poolings. */
    public static final List<String> FOLDERS = List.of(
            "bert-mean", "bert-cls-dense", "roberta-weighted", "xlm-roberta-max-mean", "distilbert-sqrt", "mpnet-last");

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Folder {@code name} in the module's sources. */
    public static Path path(String name) {
        return Path.of("src", "test", "resources", "encoders", name);
    }

    public static GoldenEncoder of(Path folder) {
        try (var file = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
            var ids = tensor(file, "input_ids");
            var mask = tensor(file, "attention_mask");
            var vectors = tensor(file, "embeddings");
            int width = Math.toIntExact(ids.shape().get(1));
            var inputs = new ArrayList<int[]>();
            var embeddings = new ArrayList<float[]>();
            for (int row = 0; row < ids.shape().get(0); row++) {
                var input = new int[width];
                int length = 0;
                for (int i = 0; i < width; i++) {
                    long at = (long) row * width + i;
                    if (mask.data().getAtIndex(LONG, at) == 1) {
                        input[length++] = (int) ids.data().getAtIndex(LONG, at);
                    }
                }
                inputs.add(Arrays.copyOf(input, length));
                var embedding = new float[Math.toIntExact(vectors.shape().get(1))];
                Dequantizer.rows(vectors, row, 1, embedding, 0);
                embeddings.add(embedding);
            }
            return new GoldenEncoder(inputs, embeddings);
        }
    }

    /** The largest difference of any value; vectors of another length are infinitely far. */
    public double difference(List<float[]> others) {
        double largest = others.size() == embeddings.size() ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < others.size(); i++) {
            if (others.get(i).length != embeddings.get(i).length) {
                return Double.POSITIVE_INFINITY;
            }
            for (int j = 0; j < others.get(i).length; j++) {
                largest =
                        Math.max(largest, Math.abs(others.get(i)[j] - embeddings.get(i)[j]));
            }
        }
        return largest;
    }

    private static Tensor tensor(SafetensorsFile file, String name) {
        return Objects.requireNonNull(file.tensors().get(name), name);
    }
}
