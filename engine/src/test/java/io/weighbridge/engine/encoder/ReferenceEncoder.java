package io.weighbridge.engine.encoder;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import java.util.List;
import java.util.Objects;

/** An encoder in plain loops over doubles: slow, short, and what executors are compared with. */
public final class ReferenceEncoder implements EncoderRunner {
    private final Encoder encoder;
    private final EncoderSpec spec;

    public ReferenceEncoder(Encoder encoder) {
        this.encoder = encoder;
        spec = encoder.spec();
    }

    @Override
    public int dimensions() {
        return encoder.head().dimensions();
    }

    @Override
    public int contextLength() {
        return spec.contextLength();
    }

    @Override
    public List<float[]> embed(List<int[]> inputs) {
        return inputs.stream()
                .map(input -> encoder.head().embedding(flat(EncoderInput.of(input)), 0, input.length))
                .toList();
    }

    @Override
    public List<float[]> classify(List<EncoderInput> inputs) {
        var classifier = Objects.requireNonNull(encoder.classifier());
        return inputs.stream()
                .map(input -> classifier.values(flat(input), 0, input.length()))
                .toList();
    }

    private float[] flat(EncoderInput input) {
        var rows = hidden(input);
        var flat = new float[input.length() * spec.hiddenSize()];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) rows[i / spec.hiddenSize()][i % spec.hiddenSize()];
        }
        return flat;
    }

    private double[][] hidden(EncoderInput input) {
        var tensors = encoder.tensors();
        var x = new double[input.length()][];
        for (int i = 0; i < input.length(); i++) {
            var sum = row(tensors.embedding(), input.tokenIds()[i]);
            add(sum, row(tensors.positions(), i + spec.positionOffset()));
            if (tensors.tokenTypes() != null) {
                add(sum, row(Objects.requireNonNull(tensors.tokenTypes()), input.tokenType(i)));
            }
            x[i] = norm(sum, tensors.embeddingNorm());
        }
        for (var layer : tensors.layers()) {
            var attended = attention(layer, x);
            for (int i = 0; i < x.length; i++) {
                var sum = linear(attended[i], layer.output());
                add(sum, x[i]);
                x[i] = norm(sum, layer.attentionNorm());
                var inner = linear(x[i], layer.up());
                for (int j = 0; j < inner.length; j++) {
                    inner[j] = activate(inner[j]);
                }
                var down = linear(inner, layer.down());
                add(down, x[i]);
                x[i] = norm(down, layer.feedForwardNorm());
            }
        }
        return x;
    }

    private double[][] attention(EncoderTensors.Layer layer, double[][] x) {
        int length = x.length;
        int size = spec.headDimension();
        var table = encoder.tensors().relativeBias();
        var biases =
                table == null ? new float[spec.headCount() * length * length] : RelativeBuckets.biases(table, length);
        var queries = new double[length][];
        var keys = new double[length][];
        var values = new double[length][];
        for (int i = 0; i < length; i++) {
            queries[i] = linear(x[i], layer.query());
            keys[i] = linear(x[i], layer.key());
            values[i] = linear(x[i], layer.value());
        }
        var result = new double[length][spec.hiddenSize()];
        for (int head = 0; head < spec.headCount(); head++) {
            for (int i = 0; i < length; i++) {
                var shares = new double[length];
                double sum = 0;
                for (int j = 0; j < length; j++) {
                    double score = 0;
                    for (int d = head * size; d < (head + 1) * size; d++) {
                        score += queries[i][d] * keys[j][d];
                    }
                    shares[j] = Math.exp(score / Math.sqrt(size) + biases[(head * length + i) * length + j]);
                    sum += shares[j];
                }
                for (int j = 0; j < length; j++) {
                    for (int d = head * size; d < (head + 1) * size; d++) {
                        result[i][d] += shares[j] / sum * values[j][d];
                    }
                }
            }
        }
        return result;
    }

    private double activate(double x) {
        return switch (spec.activation()) {
            case GELU_ERF -> x * (1 + ErrorFunction.of(x / Math.sqrt(2))) / 2;
            case GELU_TANH -> x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) / 2;
            case RELU -> Math.max(0, x);
            case SILU -> x / (1 + Math.exp(-x));
            case CLAMPED_SWIGLU -> throw new IllegalArgumentException("no encoder has it");
        };
    }

    private static double[] linear(double[] x, Linear layer) {
        var weights = Dequantizer.values(layer.weight());
        var bias = Dequantizer.values(Objects.requireNonNull(layer.bias()));
        var y = new double[bias.length];
        for (int row = 0; row < y.length; row++) {
            y[row] = bias[row];
            for (int i = 0; i < x.length; i++) {
                y[row] += weights[row * x.length + i] * x[i];
            }
        }
        return y;
    }

    private double[] norm(double[] x, Norm norm) {
        double mean = 0;
        for (double value : x) {
            mean += value / x.length;
        }
        double variance = 0;
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        var weights = Dequantizer.values(norm.weight());
        var bias = Dequantizer.values(Objects.requireNonNull(norm.bias()));
        var y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + spec.normEpsilon()) * weights[i] + bias[i];
        }
        return y;
    }

    private double[] row(io.weighbridge.engine.checkpoint.Tensor table, int index) {
        var values = new float[spec.hiddenSize()];
        Dequantizer.rows(table, index, 1, values, 0);
        var row = new double[values.length];
        for (int i = 0; i < row.length; i++) {
            row[i] = values[i];
        }
        return row;
    }

    private static void add(double[] sum, double[] values) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += values[i];
        }
    }

    @Override
    public void close() {}
}
