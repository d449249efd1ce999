package io.weighbridge.engine.encoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import java.util.List;
import java.util.Optional;

/**
 * What makes an embedding of an input's token vectors: poolings, whose results are put one after the other, then steps. Immutable;
 * any number of threads may use it. Computes in double.
 *
 * @param size of a token's vector
 * @param poolings at least one
 */
public record EmbeddingHead(int size, List<Pooling> poolings, List<Step> steps) {
    /** Length below which a vector counts as one of length 0, which has no direction; sentence-transformers' bound. */
    private static final double LENGTH_MIN = 1e-12;

    /** One step after pooling. */
    public sealed interface Step {}

    /** Divides a vector by its length. */
    public record Normalize() implements Step {}

    /** A linear layer, weights (outputs, inputs), with an activation. */
    public record Dense(int inputs, int outputs, float[] weights, float[] bias, Activation activation)
            implements Step {}

    /** Activations of a dense step. */
    public enum Activation {
        IDENTITY,
        TANH,
        RELU,
        SIGMOID,
        GELU;

        /** The activation that torch calls {@code name}, package or not. */
        static Optional<Activation> named(String name) {
            return switch (name.substring(name.lastIndexOf('.') + 1)) {
                case "Identity" -> Optional.of(IDENTITY);
                case "Tanh" -> Optional.of(TANH);
                case "ReLU" -> Optional.of(RELU);
                case "Sigmoid" -> Optional.of(SIGMOID);
                case "GELU" -> Optional.of(GELU);
                default -> Optional.empty();
            };
        }
    }

    public EmbeddingHead {
        poolings = List.copyOf(poolings);
        steps = List.copyOf(steps);
        int length = Math.multiplyExact(size, poolings.size());
        for (var step : steps) {
            if (step instanceof Dense dense) {
                if (dense.inputs() != length) {
                    throw new CheckpointException("a dense module takes %d values, but the module before it gives %d"
                            .formatted(dense.inputs(), length));
                }
                length = dense.outputs();
            }
        }
    }

    /** Length of an embedding. */
    public int dimensions() {
        int length = size * poolings.size();
        for (var step : steps) {
            if (step instanceof Dense dense) {
                length = dense.outputs();
            }
        }
        return length;
    }

    /** The embedding of {@code count} token vectors that lie in {@code hidden} from {@code from} on. */
    public float[] embedding(float[] hidden, int from, int count) {
        var values = new double[size * poolings.size()];
        for (int i = 0; i < poolings.size(); i++) {
            System.arraycopy(poolings.get(i).of(hidden, from, count, size), 0, values, i * size, size);
        }
        for (var step : steps) {
            values = switch (step) {
                case Normalize _ -> normalized(values);
                case Dense dense -> dense(dense, values);
            };
        }
        return floats(values);
    }

    private static float[] floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /**
     * The first {@code dimensions} values of an embedding, brought to length 1 if wanted. Vectors of models that were not trained to be
     * shortened lose more than those that were.
     */
    public static float[] shortened(float[] embedding, int dimensions, boolean normalize) {
        var values = new double[dimensions];
        for (int i = 0; i < dimensions; i++) {
            values[i] = embedding[i];
        }
        return floats(normalize ? normalized(values) : values);
    }

    /** Whether embeddings have length 1. */
    public boolean normalizes() {
        return !steps.isEmpty() && steps.getLast() instanceof Normalize;
    }

    /** The cosine of the angle between two vectors of one length. */
    public static double cosine(float[] one, float[] other) {
        double product = 0;
        double squares = 0;
        double otherSquares = 0;
        for (int i = 0; i < one.length; i++) {
            product += (double) one[i] * other[i];
            squares += (double) one[i] * one[i];
            otherSquares += (double) other[i] * other[i];
        }
        return product / Math.max(Math.sqrt(squares * otherSquares), LENGTH_MIN);
    }

    private static double[] normalized(double[] values) {
        double squares = 0;
        for (double value : values) {
            squares += value * value;
        }
        double length = Math.max(Math.sqrt(squares), LENGTH_MIN);
        var result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i] / length;
        }
        return result;
    }

    private static double[] dense(Dense dense, double[] values) {
        var result = new double[dense.outputs()];
        for (int row = 0; row < result.length; row++) {
            double sum = dense.bias().length == 0 ? 0 : dense.bias()[row];
            for (int i = 0; i < values.length; i++) {
                sum += dense.weights()[row * values.length + i] * values[i];
            }
            result[row] = activate(dense.activation(), sum);
        }
        return result;
    }

    static double activate(Activation activation, double x) {
        return switch (activation) {
            case IDENTITY -> x;
            case TANH -> Math.tanh(x);
            case RELU -> Math.max(0, x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case GELU -> x * (1 + ErrorFunction.of(x / Math.sqrt(2))) / 2;
        };
    }
}
