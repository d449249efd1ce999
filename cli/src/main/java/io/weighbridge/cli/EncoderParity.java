package io.weighbridge.cli;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.SafetensorsFile;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.encoder.Encoders;
import io.weighbridge.inference.djl.DjlBackEnd;
import io.weighbridge.inference.djl.Numerics;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Compares a checkpoint's embeddings with reference embeddings: input_ids (n) or (batch, n), attention_mask of the same shape where
 * inputs are padded, embeddings (batch, dimensions). Inputs are run one by one and all together; the worst figures count. Float32 is
 * held to a largest difference, narrower numerics to a smallest cosine.
 */
final class EncoderParity {
    /** Smallest cosine accepted between an embedding in bfloat16 and its reference. */
    static final double COSINE_MIN_BF16 = 0.999;

    /** Smallest cosine accepted between an embedding with int8 weights and its reference. */
    static final double COSINE_MIN_INT8 = 0.99;

    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final List<int[]> inputs;
    private final List<float[]> references = new ArrayList<>();
    private double difference;
    private double cosine = 1;

    private EncoderParity(SafetensorsFile golden) {
        inputs = inputs(golden);
        var embeddings = Objects.requireNonNull(golden.tensors().get("embeddings"));
        int rows =
                Math.toIntExact(embeddings.elementCount() / embeddings.shape().getLast());
        if (rows != inputs.size()) {
            throw new CheckpointException(
                    "golden.safetensors has %d inputs but embeddings of %d".formatted(inputs.size(), rows));
        }
        for (int row = 0; row < rows; row++) {
            var reference = new float[Math.toIntExact(embeddings.shape().getLast())];
            Dequantizer.rows(embeddings, row, 1, reference, 0);
            references.add(reference);
        }
    }

    /** Whether the reference is one of embeddings. */
    static boolean isFor(SafetensorsFile golden) {
        return golden.tensors().containsKey("embeddings");
    }

    /** What was compared and how near it came; "passed" is the verdict. Encoders that may be narrow run as {@code f32} on auto. */
    static Map<String, Object> compare(
            Checkpoint checkpoint, SafetensorsFile golden, String numerics, double tolerance, int threads) {
        var encoder = Encoders.of(checkpoint);
        var chosen = numerics.equals("auto") ? Numerics.F32 : Numerics.parse(numerics);
        var parity = new EncoderParity(golden);
        try (var runner = DjlBackEnd.load(encoder, chosen, threads)) {
            parity.run(runner);
        }
        return parity.fields(chosen, tolerance);
    }

    private void run(EncoderRunner runner) {
        for (int i = 0; i < inputs.size(); i++) {
            compare(references.get(i), runner.embed(List.of(inputs.get(i))).getFirst());
        }
        var together = runner.embed(inputs);
        for (int i = 0; i < inputs.size(); i++) {
            compare(references.get(i), together.get(i));
        }
    }

    private Map<String, Object> fields(Numerics numerics, double tolerance) {
        double cosineMin = switch (numerics) {
            case F32 -> 1 - tolerance;
            case BF16 -> COSINE_MIN_BF16;
            default -> COSINE_MIN_INT8;
        };
        boolean passed = cosine >= cosineMin && (numerics != Numerics.F32 || difference <= tolerance);
        var fields = new LinkedHashMap<String, Object>();
        fields.put("compared", "embeddings of %d inputs, each alone and all in one batch".formatted(inputs.size()));
        fields.put("numerics", numerics.label());
        fields.put("max_abs_embedding_diff", difference);
        fields.put("min_cosine", cosine);
        fields.put("inputs", inputs.size());
        fields.put("tokens", inputs.stream().mapToInt(input -> input.length).sum());
        fields.put("dimensions", references.getFirst().length);
        if (numerics == Numerics.F32) {
            fields.put("tolerance", tolerance);
        }
        fields.put("cosine_bound", cosineMin);
        fields.put("passed", passed);
        return fields;
    }

    private void compare(float[] reference, float[] embedding) {
        if (reference.length != embedding.length) {
            throw new CheckpointException("the reference has %d dimensions, the checkpoint's embeddings have %d"
                    .formatted(reference.length, embedding.length));
        }
        double product = 0;
        double squares = 0;
        double referenceSquares = 0;
        for (int i = 0; i < reference.length; i++) {
            product += (double) reference[i] * embedding[i];
            squares += (double) embedding[i] * embedding[i];
            referenceSquares += (double) reference[i] * reference[i];
            var one = Math.abs(embedding[i] - reference[i]);
            // NaN must not hide behind a comparison that is always false.
            difference = Double.isNaN(one) ? Double.POSITIVE_INFINITY : Math.max(difference, one);
        }
        double similarity = product / Math.sqrt(squares * referenceSquares);
        cosine = Double.isNaN(similarity) ? -1 : Math.min(cosine, similarity);
    }

    private static List<int[]> inputs(SafetensorsFile golden) {
        var ids = longs(golden, "input_ids");
        int width = Math.toIntExact(ids.shape().getLast());
        boolean padded = golden.tensors().containsKey("attention_mask");
        var mask = padded ? longs(golden, "attention_mask") : ids;
        if (!mask.shape().equals(ids.shape())) {
            throw new CheckpointException("golden.safetensors: attention_mask has shape %s, input_ids %s"
                    .formatted(mask.shape(), ids.shape()));
        }
        var inputs = new ArrayList<int[]>();
        for (long at = 0; at < ids.elementCount(); at += width) {
            var input = new int[width];
            int length = 0;
            for (int i = 0; i < width; i++) {
                if (!padded || mask.data().getAtIndex(I64, at + i) != 0) {
                    input[length++] = Math.toIntExact(ids.data().getAtIndex(I64, at + i));
                }
            }
            inputs.add(Arrays.copyOf(input, length));
        }
        return inputs;
    }

    private static Tensor longs(SafetensorsFile golden, String name) {
        var tensor = golden.tensors().get(name);
        if (tensor == null || tensor.type() != TensorType.I64) {
            throw new CheckpointException("golden.safetensors needs a tensor %s of type I64".formatted(name));
        }
        return tensor;
    }
}
