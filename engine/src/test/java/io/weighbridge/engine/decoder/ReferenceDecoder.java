package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One sequence through a decoder, a token at a time, in plain loops over doubles. What executors are measured against:
 * slow, and short enough to be read in full. Not thread-safe.
 */
public final class ReferenceDecoder {
    private final DecoderSpec spec;
    private final DecoderTensors tensors;
    private final Map<Tensor, float[]> values = new HashMap<>();
    private final List<List<double[]>> keys = new ArrayList<>(); // by layer and position: (kvHeads * headDimension)
    private final List<List<double[]>> cachedValues = new ArrayList<>();

    public ReferenceDecoder(Decoder decoder) {
        this.spec = decoder.spec();
        this.tensors = decoder.tensors();
        for (int layer = 0; layer < spec.layerCount(); layer++) {
            keys.add(new ArrayList<>());
            cachedValues.add(new ArrayList<>());
        }
    }

    /** The logits after {@code tokenId} as the next token of the sequence. */
    public double[] next(int tokenId) {
        var hidden = new double[spec.hiddenSize()];
        var embedding = values(tensors.embedding());
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = embedding[tokenId * hidden.length + i];
        }
        for (int layer = 0; layer < spec.layerCount(); layer++) {
            var weights = tensors.layers().get(layer);
            add(hidden, attention(layer, weights, norm(hidden, weights.attentionNorm())));
            add(hidden, feedForward(weights, norm(hidden, weights.feedForwardNorm())));
        }
        return linear(tensors.head(), norm(hidden, tensors.finalNorm()));
    }

    /** The {@code count} token ids that follow {@code prompt}, each the most probable; the lowest id wins a tie. */
    public int[] greedy(int[] prompt, int count) {
        double[] logits = {};
        for (int tokenId : prompt) {
            logits = next(tokenId);
        }
        var chosen = new int[count];
        for (int i = 0; i < count; i++) {
            chosen[i] = largest(logits);
            logits = next(chosen[i]);
        }
        return chosen;
    }

    private static int largest(double[] logits) {
        int largest = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[largest]) {
                largest = i;
            }
        }
        return largest;
    }

    private double[] attention(int layer, Layer weights, double[] input) {
        int position = keys.get(layer).size();
        int dimension = spec.headDimension();
        var query = rotated(linear(weights.query(), input), spec.headCount(), position);
        keys.get(layer).add(rotated(linear(weights.key(), input), spec.kvHeadCount(), position));
        cachedValues.get(layer).add(linear(weights.value(), input));
        var mixed = new double[spec.headCount() * dimension];
        for (int head = 0; head < spec.headCount(); head++) {
            int kvStart = head / (spec.headCount() / spec.kvHeadCount()) * dimension;
            var scores = new double[position + 1];
            for (int p = 0; p <= position; p++) {
                for (int i = 0; i < dimension; i++) {
                    scores[p] += query[head * dimension + i] * keys.get(layer).get(p)[kvStart + i];
                }
                scores[p] *= spec.attentionScale();
            }
            softmax(scores);
            for (int p = 0; p <= position; p++) {
                for (int i = 0; i < dimension; i++) {
                    mixed[head * dimension + i] +=
                            scores[p] * cachedValues.get(layer).get(p)[kvStart + i];
                }
            }
        }
        return linear(weights.output(), mixed);
    }

    private double[] rotated(double[] heads, int headCount, int position) {
        var rotated = heads.clone();
        int pairs = spec.ropeFrequencies().size();
        for (int head = 0; head < headCount; head++) {
            int start = head * spec.headDimension();
            for (int pair = 0; pair < pairs; pair++) {
                boolean halves = spec.ropeLayout() == RopeLayout.HALVES;
                int first = start + (halves ? pair : 2 * pair);
                int second = halves ? first + pairs : first + 1;
                double angle = position * spec.ropeFrequencies().get(pair);
                double cosine = Math.cos(angle) * spec.ropeAttentionFactor();
                double sine = Math.sin(angle) * spec.ropeAttentionFactor();
                rotated[first] = heads[first] * cosine - heads[second] * sine;
                rotated[second] = heads[second] * cosine + heads[first] * sine;
            }
        }
        return rotated;
    }

    private static void softmax(double[] scores) {
        double max = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            max = Math.max(max, score);
        }
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.exp(scores[i] - max);
            sum += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= sum;
        }
    }

    private double[] feedForward(Layer weights, double[] input) {
        var gate = linear(weights.gate(), input);
        var up = linear(weights.up(), input);
        for (int i = 0; i < gate.length; i++) {
            gate[i] = switch (spec.activation()) {
                        case SILU -> gate[i] / (1 + Math.exp(-gate[i]));
                    }
                    * up[i];
        }
        return linear(weights.down(), gate);
    }

    private double[] norm(double[] input, Tensor weight) {
        double squares = 0;
        for (double x : input) {
            squares += x * x;
        }
        double scale = 1 / Math.sqrt(squares / input.length + spec.normEpsilon());
        var weights = values(weight);
        var output = new double[input.length];
        for (int i = 0; i < input.length; i++) {
            output[i] = input[i] * scale * weights[i];
        }
        return output;
    }

    private double[] linear(Linear linear, double[] input) {
        var weights = values(linear.weight());
        @Nullable Tensor biasTensor = linear.bias();
        var bias = biasTensor == null ? null : values(biasTensor);
        var output = new double[weights.length / input.length];
        for (int row = 0; row < output.length; row++) {
            double sum = bias == null ? 0 : bias[row];
            for (int i = 0; i < input.length; i++) {
                sum += weights[row * input.length + i] * input[i];
            }
            output[row] = sum;
        }
        return output;
    }

    private static void add(double[] sum, double[] summand) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += summand[i];
        }
    }

    private float[] values(Tensor tensor) {
        return values.computeIfAbsent(tensor, Dequantizer::values);
    }
}
