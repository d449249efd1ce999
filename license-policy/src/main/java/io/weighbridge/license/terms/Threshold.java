package io.weighbridge.license.terms;

import java.time.YearMonth;
import org.jspecify.annotations.Nullable;

/**
 * A number about the operator and the most it may be. When the number counts is part of it: a license that looks once never
 * looks again.
 *
 * @param month the month that counts; present exactly for {@link Tested#ONCE}
 */
public record Threshold(
        Metric metric, Scope scope, Tested tested, @Nullable YearMonth month, long most) {
    public Threshold {
        if (most < 0) {
            throw new IllegalArgumentException("a threshold cannot be negative: " + most);
        }
        if ((tested == Tested.ONCE) != (month != null)) {
            throw new IllegalArgumentException("a threshold names a month if, and only if, it is tested once");
        }
    }

    /** What is counted. */
    public enum Metric {
        /** People who use the products in a month. */
        MONTHLY_USERS,
        /** Revenue of a month, in US dollars. */
        MONTHLY_REVENUE_USD,
        /** Revenue of twelve months, in US dollars. */
        ANNUAL_REVENUE_USD,
        /** Recurring revenue, taken over a year, in US dollars. */
        ANNUAL_RECURRING_REVENUE_USD,
        /** Revenue of letting others use models, in any twelve months in a row, in US dollars. */
        MODEL_SERVICE_REVENUE_USD
    }

    /** Whose numbers are added up. */
    public enum Scope {
        /** The operator and everything under common control, all products together. */
        GROUP,
        /** The product or service that uses the model. */
        PRODUCT
    }

    /** When the number counts. */
    public enum Tested {
        /** In one named month, and never again. */
        ONCE,
        /** In the month before the model was released, and never again. */
        BEFORE_RELEASE,
        /** In the month before the use, every month. */
        MONTHLY,
        /** Once a year. */
        ANNUALLY,
        /** At any time. */
        CONTINUOUSLY;

        /** Whether the number was fixed at some time in the past. */
        public boolean isPast() {
            return this == ONCE || this == BEFORE_RELEASE;
        }
    }
}
