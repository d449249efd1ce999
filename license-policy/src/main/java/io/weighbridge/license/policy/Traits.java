package io.weighbridge.license.policy;

import java.time.YearMonth;
import org.jspecify.annotations.Nullable;

/**
 * Facts about a model that licenses ask for.
 *
 * @param multimodal whether it takes more than text
 * @param released month of its release; null when not known
 */
public record Traits(Answer multimodal, @Nullable YearMonth released) {
    public static final Traits UNKNOWN = new Traits(Answer.UNKNOWN, null);
}
