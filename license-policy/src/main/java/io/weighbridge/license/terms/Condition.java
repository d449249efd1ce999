package io.weighbridge.license.terms;

/**
 * What a use must meet for the grants to hold. A use that does not meet it is prohibited; a use of which we cannot tell
 * is undetermined.
 *
 * @param when the uses it applies to
 */
public record Condition(Clause clause, Axis axis, Trigger when, Demand demand) {
    /** The demand itself. */
    public sealed interface Demand {
        /** The number may not exceed {@code most}. */
        record AtMost(Metric metric, long most) implements Demand {
            public AtMost {
                if (most < 0) {
                    throw new IllegalArgumentException("a threshold cannot be negative: " + most);
                }
            }
        }

        /** The operator must have put the use restrictions into its own terms of service. */
        record FlowDownTermsPublished() implements Demand {}
    }

    /** A number about the operator. When it counts is part of it: a license that looks once never looks again. */
    public enum Metric {
        /** Monthly users in the month before the model was released: fixed for ever. */
        MONTHLY_USERS_AT_RELEASE,
        /** Monthly users now: checked again and again. */
        MONTHLY_USERS_NOW,
        /** Revenue of the last twelve months, in US dollars. */
        ANNUAL_REVENUE_USD
    }
}
