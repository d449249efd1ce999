package io.weighbridge.cli;

import io.weighbridge.engine.checkpoint.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** How near rows of logits come to reference rows (positions, vocabulary) in float32. Collects row by row; owned by one thread. */
final class LogitAgreement {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Tensor reference;
    private final List<Double> differences = new ArrayList<>(); // the largest of each row
    private int sameTop;
    private double divergence;
    private double variance;

    LogitAgreement(Tensor reference) {
        this.reference = reference;
    }

    /** Compares the logits of one position. */
    void add(int position, float[] logits) {
        var expected = new double[logits.length];
        var actual = new double[logits.length];
        double difference = 0;
        for (int i = 0; i < logits.length; i++) {
            expected[i] = reference.data().getAtIndex(F32, (long) position * logits.length + i);
            actual[i] = logits[i];
            double one = Math.abs(actual[i] - expected[i]);
            // NaN must not hide behind a comparison that is always false.
            difference = Double.isNaN(one) ? Double.POSITIVE_INFINITY : Math.max(difference, one);
        }
        differences.add(difference);
        sameTop += top(expected) == top(actual) ? 1 : 0;
        divergence += divergence(expected, actual);
        variance += variance(expected);
    }

    /** The largest difference between a logit and its reference; infinite where one is no number. */
    double maxDifference() {
        return difference(1);
    }

    /** The same among the {@code share} of rows that agree best, rounded up to whole rows, at least one. */
    double difference(double share) {
        var sorted = differences.stream().sorted().toList();
        return sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
    }

    /** Mean over the rows of KL(reference || ours), in nats. */
    double meanDivergence() {
        return divergence / differences.size();
    }

    /** Share of the rows whose largest logit belongs to the reference's token. */
    double topAgreement() {
        return (double) sameTop / differences.size();
    }

    /** Standard deviation of the reference's logits around their row's mean: what a difference is to be measured by. */
    double spread() {
        return Math.sqrt(variance / differences.size());
    }

    private static int top(double[] row) {
        return IntStream.range(0, row.length)
                .reduce((best, i) -> row[i] > row[best] ? i : best)
                .orElseThrow();
    }

    private static double divergence(double[] expected, double[] actual) {
        double expectedNorm = logSumExp(expected);
        double actualNorm = logSumExp(actual);
        return IntStream.range(0, expected.length)
                .mapToDouble(i -> {
                    double log = expected[i] - expectedNorm;
                    double probability = Math.exp(log);
                    return probability == 0 ? 0 : probability * (log - (actual[i] - actualNorm));
                })
                .sum();
    }

    private static double logSumExp(double[] row) {
        double largest = row[top(row)];
        double sum = 0;
        for (double value : row) {
            sum += Math.exp(value - largest);
        }
        return largest + Math.log(sum);
    }

    private static double variance(double[] row) {
        double mean = 0;
        for (double value : row) {
            mean += value / row.length;
        }
        double squares = 0;
        for (double value : row) {
            squares += (value - mean) * (value - mean);
        }
        return squares / row.length;
    }
}
