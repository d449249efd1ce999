package io.weighbridge.engine.scheduler;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a sequence stands among others.
 *
 * @param tenant whose it is; tenants share the engine by tokens
 * @param weight of the tenant, 1 to {@value #WEIGHT_MAX}; one of weight 2 gets twice the tokens
 * @param priority among the tenant's own sequences, {@value #PRIORITY_MIN} to {@value #PRIORITY_MAX}, the higher the earlier; a
 *     step is worth {@link Scheduler#PRIORITY_STEP} of waiting
 * @param timeMax from now to the last token; null for no limit
 * @param queueTimeMax from now to the start; null for no limit
 * @param cacheSalt only sequences with the same salt share cached prefixes
 */
public record Standing(
        String tenant,
        int weight,
        int priority,
        @Nullable Duration timeMax,
        @Nullable Duration queueTimeMax,
        String cacheSalt) {
    /** Heaviest tenant: more would leave the others next to nothing. */
    public static final int WEIGHT_MAX = 1000;

    public static final int PRIORITY_MIN = -10;
    public static final int PRIORITY_MAX = 10;

    /** One of nobody in particular, in no hurry. */
    public static final Standing DEFAULT = new Standing("", 1, 0, null, null, "");

    public Standing {
        if (weight < 1 || weight > WEIGHT_MAX) {
            throw new IllegalArgumentException("weight must be 1 to %d, is %d".formatted(WEIGHT_MAX, weight));
        }
        if (priority < PRIORITY_MIN || priority > PRIORITY_MAX) {
            throw new IllegalArgumentException(
                    "priority must be %d to %d, is %d".formatted(PRIORITY_MIN, PRIORITY_MAX, priority));
        }
    }

    /** The same of another tenant. */
    public Standing of(String otherTenant) {
        return new Standing(otherTenant, weight, priority, timeMax, queueTimeMax, cacheSalt);
    }

    /** The same with another priority. */
    public Standing withPriority(int otherPriority) {
        return new Standing(tenant, weight, otherPriority, timeMax, queueTimeMax, cacheSalt);
    }

    /** The same with other limits of time. */
    public Standing within(@Nullable Duration otherTimeMax, @Nullable Duration otherQueueTimeMax) {
        return new Standing(tenant, weight, priority, otherTimeMax, otherQueueTimeMax, cacheSalt);
    }
}
