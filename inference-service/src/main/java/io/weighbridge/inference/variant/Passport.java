package io.weighbridge.inference.variant;

import java.time.Instant;
import java.util.Locale;

/** How far a variant's answers are from those of the same weights in float32. */
public sealed interface Passport {
    /** The variant holds every stored value exactly and computes in float32, so there is nothing to measure. */
    record Exact() implements Passport {
        @Override
        public String describe() {
            return "exact: every stored value is held as it is and computed with in float32";
        }
    }

    /**
     * Measured over the bundled texts.
     *
     * @param positions next tokens that were predicted by both
     * @param meanDivergence mean Kullback-Leibler divergence of the variant's distribution from the reference's, in nats
     * @param largestDivergence the largest of all positions
     * @param topAgreement share of positions at which both put the same token first, 0 to 1
     * @param seconds that measuring took, bringing the reference into memory included
     */
    record Measured(
            int positions,
            double meanDivergence,
            double largestDivergence,
            double topAgreement,
            Instant at,
            double seconds)
            implements Passport {
        @Override
        public String describe() {
            return String.format(
                    Locale.ROOT,
                    "KL divergence mean %.5f, largest %.4f; same top token %.1f %%; %d positions against float32, in %.1f s",
                    meanDivergence,
                    largestDivergence,
                    100 * topAgreement,
                    positions,
                    seconds);
        }

        /** Whether the variant is as near to its reference as {@code limits} want. */
        public boolean within(Limits limits) {
            // Written so that a NaN, which comes of a broken variant, is not within.
            return meanDivergence <= limits.meanDivergenceMax() && topAgreement >= limits.topAgreementMin();
        }
    }

    /** Nobody has measured it. */
    record NotMeasured(String reason) implements Passport {
        @Override
        public String describe() {
            return "not measured: " + reason;
        }
    }

    /** One line for people. */
    String describe();

    /** What a variant must keep to be served. */
    record Limits(double meanDivergenceMax, double topAgreementMin) {
        /**
         * Eight bits are far within (0.002 to 0.01 and 96 % on the starter model), four bits made of floats mostly; what is outside loses so
         * many words that it should be a decision.
         */
        public static final Limits DEFAULT = new Limits(0.2, 0.75);
    }

    /**
     * What a passport is of: a change of any part makes another variant.
     *
     * @param weightsDigest "sha256:..." over the checkpoint's weights
     * @param numerics label of how the weights are held
     * @param executor version of the arithmetic, {@link io.weighbridge.inference.executor.Executors#VERSION}
     */
    record Key(String weightsDigest, String numerics, int executor) {}
}
