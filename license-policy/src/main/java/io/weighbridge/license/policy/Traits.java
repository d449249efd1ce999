package io.weighbridge.license.policy;

import java.time.YearMonth;
import org.jspecify.annotations.Nullable;

/**
 * Facts about a model that licenses ask for.
 *
 * @param multimodal whether it takes more than text
 * @param released month of its release; null when not known
 * @param origin whether the model in use is another one, made from this one; a quantization is still the same model
 */
public record Traits(Answer multimodal, @Nullable YearMonth released, boolean origin) {
    public static final Traits UNKNOWN = new Traits(Answer.UNKNOWN, null);

    /** The traits of the model in use itself. */
    public Traits(Answer multimodal, @Nullable YearMonth released) {
        this(multimodal, released, false);
    }

    Traits withOrigin(boolean isOrigin) {
        return new Traits(multimodal, released, isOrigin);
    }
}
