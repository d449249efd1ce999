package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import io.weighbridge.engine.decoder.DecoderTensors.Dense;
import io.weighbridge.engine.decoder.DecoderTensors.FeedForward;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Mixture;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
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
        var hidden = embedded(tokenId);
        if (tensors.embeddingNorm() != null) {
            hidden = norm(hidden, tensors.embeddingNorm(), spec.norm().kind());
        }
        for (int layer = 0; layer < spec.layerCount(); layer++) {
            hidden = layer(layer, tensors.layers().get(layer), hidden);
        }
        var logits = linear(
                tensors.head(), norm(hidden, tensors.finalNorm(), spec.norm().kind()));
        for (int i = 0; i < logits.length; i++) {
            logits[i] = capped(logits[i] * spec.output().scale(), spec.output().softCap());
        }
        return logits;
    }

    private double[] embedded(int tokenId) {
        var hidden = new double[spec.hiddenSize()];
        var embedding = values(tensors.embedding());
        int position = keys.getFirst().size();
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = embedding[tokenId * hidden.length + i] * spec.embeddingScale();
            if (tensors.positions() != null) {
                hidden[i] += values(tensors.positions())[(position + spec.positionOffset()) * hidden.length + i];
            }
        }
        return hidden;
    }

    private double[] layer(int layer, Layer weights, double[] input) {
        var kind = spec.norm().kind();
        var normed = optional(input, weights.attentionNorm(), kind);
        var attended = optional(attention(layer, weights, normed), weights.postAttentionNorm(), kind);
        var between = spec.residual().parallel() ? input : sum(input, attended);
        var second = weights.feedForwardNorm() == null && spec.residual().parallel()
                ? normed
                : optional(between, weights.feedForwardNorm(), kind);
        var fed = optional(feedForward(weights.feedForward(), second), weights.postFeedForwardNorm(), kind);
        return sum(spec.residual().parallel() ? sum(input, attended) : between, fed);
    }

    private double[] sum(double[] stream, double[] part) {
        var sum = stream.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += part[i] * spec.residual().multiplier();
        }
        return sum;
    }

    private static double capped(double value, double cap) {
        return cap == 0 ? value : cap * Math.tanh(value / cap);
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
        var kind = spec.layers().get(layer);
        var query = rotated(
                queryKeyNorm(linear(weights.query(), input), weights.queryNorm()), spec.headCount(), position, kind);
        keys.get(layer)
                .add(rotated(
                        queryKeyNorm(linear(weights.key(), input), weights.keyNorm()),
                        spec.kvHeadCount(),
                        position,
                        kind));
        cachedValues.get(layer).add(linear(weights.value(), input));
        var mixed = new double[spec.headCount() * dimension];
        int first = kind.window() == LayerKind.NO_WINDOW ? 0 : Math.max(0, position - kind.window() + 1);
        for (int head = 0; head < spec.headCount(); head++) {
            int kvStart = head / (spec.headCount() / spec.kvHeadCount()) * dimension;
            // The last score is the sink's, of weight 0 where there is none.
            var scores = new double[position - first + 2];
            for (int p = first; p <= position; p++) {
                double product = 0;
                for (int i = 0; i < dimension; i++) {
                    product += query[head * dimension + i] * keys.get(layer).get(p)[kvStart + i];
                }
                scores[p - first] = capped(
                                product * spec.attention().scale(),
                                spec.attention().softCap())
                        + (spec.attention().alibi()
                                ? alibi(head) * spec.attention().alibiScale() * (p - position)
                                : 0);
            }
            scores[scores.length - 1] =
                    weights.sinks() == null ? Double.NEGATIVE_INFINITY : values(weights.sinks())[head];
            softmax(scores);
            for (int p = first; p <= position; p++) {
                for (int i = 0; i < dimension; i++) {
                    mixed[head * dimension + i] +=
                            scores[p - first] * cachedValues.get(layer).get(p)[kvStart + i];
                }
            }
        }
        return linear(weights.output(), mixed);
    }

    /** The slope of a head as the paper on ALiBi gives it. */
    private double alibi(int head) {
        int power = Integer.highestOneBit(spec.headCount());
        return head < power
                ? Math.pow(2, -8.0 * (head + 1) / power)
                : Math.pow(2, -4.0 * (2 * (head - power) + 1) / power);
    }

    private double[] queryKeyNorm(double[] heads, @Nullable Norm weight) {
        if (weight == null) {
            return heads;
        }
        if (spec.attention().queryKeyNorm() == DecoderSpec.QueryKeyNorm.EACH_HEAD_APART) {
            return headsApart(heads, values(weight.weight()));
        }
        int size = values(weight.weight()).length;
        var normed = new double[heads.length];
        for (int start = 0; start < heads.length; start += size) {
            var part = norm(Arrays.copyOfRange(heads, start, start + size), weight, DecoderSpec.Norm.Kind.RMS);
            System.arraycopy(part, 0, normed, start, size);
        }
        return normed;
    }

    private double[] headsApart(double[] heads, float[] weights) {
        int size = spec.headDimension();
        var normed = new double[heads.length];
        for (int start = 0; start < heads.length; start += size) {
            double mean = 0;
            double squares = 0;
            for (int i = start; i < start + size; i++) {
                mean += heads[i] / size;
            }
            for (int i = start; i < start + size; i++) {
                squares += (heads[i] - mean) * (heads[i] - mean) / size;
            }
            for (int i = start; i < start + size; i++) {
                normed[i] = (heads[i] - mean) / Math.sqrt(squares + spec.norm().epsilon()) * weights[i];
            }
        }
        return normed;
    }

    private double[] rotated(double[] heads, int headCount, int position, LayerKind kind) {
        if (kind.rope() == LayerKind.NO_ROPE) {
            return heads;
        }
        var rope = spec.ropes().get(kind.rope());
        var rotated = heads.clone();
        int pairs = rope.frequencies().size();
        for (int head = 0; head < headCount; head++) {
            int start = head * spec.headDimension();
            for (int pair = 0; pair < pairs; pair++) {
                boolean halves = rope.layout() == RopeLayout.HALVES;
                int first = start + (halves ? pair : 2 * pair);
                int second = halves ? first + pairs : first + 1;
                double angle = position * rope.frequency(pair, position);
                double cosine = Math.cos(angle) * rope.attentionFactor();
                double sine = Math.sin(angle) * rope.attentionFactor();
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

    private double[] feedForward(FeedForward weights, double[] input) {
        return switch (weights) {
            case Dense dense -> dense(dense, input);
            case Mixture mixture -> mixture(mixture, input);
        };
    }

    private double[] mixture(Mixture mixture, double[] input) {
        var experts = Objects.requireNonNull(spec.feedForward().experts());
        var scores = linear(mixture.router(), input);
        var chosen = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(expert -> -scores[expert]))
                .limit(experts.used())
                .toList();
        double all = 0;
        for (int expert = 0; expert < scores.length; expert++) {
            all += !experts.normalized() || chosen.contains(expert) ? Math.exp(scores[expert]) : 0;
        }
        var mixed = new double[input.length];
        for (int expert : chosen) {
            var output = dense(mixture.experts().get(expert), input);
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] += output[i] * Math.exp(scores[expert]) / all;
            }
        }
        if (mixture.shared() != null) {
            var output = dense(mixture.shared(), input);
            double share =
                    mixture.sharedGate() == null ? 1 : 1 / (1 + Math.exp(-linear(mixture.sharedGate(), input)[0]));
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] += output[i] * share;
            }
        }
        return mixed;
    }

    private double[] dense(Dense weights, double[] input) {
        var up = linear(weights.up(), input);
        var gate = weights.gate() == null ? up : linear(weights.gate(), input);
        var inner = new double[up.length];
        for (int i = 0; i < inner.length; i++) {
            double times = weights.gate() == null ? 1 : up[i];
            inner[i] = switch (spec.feedForward().activation()) {
                case SILU -> gate[i] / (1 + Math.exp(-gate[i])) * times;
                case GELU_TANH ->
                    gate[i]
                            / 2
                            * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (gate[i] + 0.044715 * Math.pow(gate[i], 3))))
                            * times;
                case GELU_ERF -> gate[i] / 2 * (1 + erf(gate[i] / Math.sqrt(2))) * times;
                case RELU -> Math.max(gate[i], 0) * times;
                case CLAMPED_SWIGLU -> {
                    double low = Math.min(gate[i], 7);
                    yield low / (1 + Math.exp(-1.702 * low)) * (Math.clamp(up[i], -7.0, 7.0) + 1);
                }
            };
        }
        return linear(weights.down(), inner);
    }

    /** The error function by its series, which is exact enough for the small arguments of these models. */
    private static double erf(double x) {
        if (Math.abs(x) > 5) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 200 && Math.abs(term) > 1e-18; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private double[] optional(double[] input, @Nullable Norm weight, DecoderSpec.Norm.Kind kind) {
        return weight == null ? input : norm(input, weight, kind);
    }

    private double[] norm(double[] input, Norm norm, DecoderSpec.Norm.Kind kind) {
        double mean = 0;
        if (kind == DecoderSpec.Norm.Kind.LAYER) {
            mean = Arrays.stream(input).sum() / input.length;
        }
        double squares = 0;
        for (double x : input) {
            squares += (x - mean) * (x - mean);
        }
        double scale = 1 / Math.sqrt(squares / input.length + spec.norm().epsilon());
        var weights = values(norm.weight());
        var bias = norm.bias() == null ? null : values(norm.bias());
        var output = new double[input.length];
        for (int i = 0; i < input.length; i++) {
            output[i] = (input[i] - mean) * scale * weights[i] + (bias == null ? 0 : bias[i]);
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

    private float[] values(Tensor tensor) {
        return values.computeIfAbsent(tensor, Dequantizer::values);
    }
}
