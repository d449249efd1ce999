package io.weighbridge.engine.encoder;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint of an encoder holds, understood: shape, tensors, what makes an embedding of the token vectors, treatment of text.
 *
 * @param classifier what judges a text or a pair; null where the checkpoint has none
 */
public record Encoder(
        EncoderSpec spec,
        EncoderTensors tensors,
        EmbeddingHead head,
        TextRules text,
        @Nullable Classifier classifier) {
    /**
     * What happens to a text before it is tokenized.
     *
     * @param lowercase whether it is put into lower case
     * @param prefix what the checkpoint puts before every text unless told otherwise; mostly empty
     * @param prompts what the checkpoint puts before a text instead, by names such as "query"
     */
    public record TextRules(boolean lowercase, String prefix, Map<String, String> prompts) {
        /** The text as it is. */
        public static final TextRules NONE = new TextRules(false, "", Map.of());

        public TextRules {
            prompts = Map.copyOf(prompts);
        }

        /**
         * {@code text} as the tokenizer gets it.
         *
         * @param prompt the name of one of {@link #prompts}; null for what the checkpoint wants unless told otherwise
         * @throws UnknownPromptException when there is no such prompt
         */
        public String apply(String text, @Nullable String prompt) {
            var before = prompt == null ? prefix : prompts.get(prompt);
            if (before == null) {
                throw new UnknownPromptException(String.valueOf(prompt), prompts.keySet());
            }
            var whole = before + text;
            return lowercase ? whole.toLowerCase(Locale.ROOT) : whole;
        }
    }
}
