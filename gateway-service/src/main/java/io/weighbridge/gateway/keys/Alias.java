package io.weighbridge.gateway.keys;

import io.weighbridge.gateway.snapshot.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A name that stands for the first of several models that the caller may use, such as {@code auto} or {@code chat-commercial}. It has
 * no slash, so that it is never the id of a model.
 *
 * @param candidates ids of models in order of preference; null stands for every model that was pulled, the largest first
 */
public record Alias(String name, @Nullable List<String> candidates, Requirements requires) {
    /** The alias that exists without being declared: any model, the largest first. */
    public static final Alias AUTO = new Alias("auto", null, Requirements.NONE);

    public Alias {
        candidates = candidates == null ? null : List.copyOf(candidates);
    }

    /**
     * What a model must be. What is not known of a model does not meet a requirement.
     *
     * @param contextLengthAtLeast tokens of its context; 0 when any will do
     * @param chatTemplate whether it must have a chat template
     * @param multimodal whether it must take more than text
     */
    public record Requirements(int contextLengthAtLeast, boolean chatTemplate, boolean multimodal) {
        public static final Requirements NONE = new Requirements(0, false, false);

        public boolean metBy(Snapshot.Model model) {
            var checkpoint = model.checkpoint();
            return (contextLengthAtLeast == 0 || model.contextLength() >= contextLengthAtLeast)
                    && (!chatTemplate || checkpoint != null && Boolean.TRUE.equals(checkpoint.chatTemplatePresent()))
                    && (!multimodal || Boolean.TRUE.equals(model.multimodal()));
        }
    }

    /** The ids of the models it stands for, in order. */
    public List<String> candidates(Snapshot snapshot) {
        return candidates != null ? candidates : snapshot.loadable();
    }
}
