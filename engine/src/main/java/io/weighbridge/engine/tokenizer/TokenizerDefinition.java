package io.weighbridge.engine.tokenizer;

import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a tokenizer and a chat are made of, taken from a checkpoint of either format.
 *
 * @param json gives a tokenizer.json in Hugging Face's format; from the folder, or written from GGUF metadata
 * @param vocabulary the bytes of each token
 * @param specialTokens texts of the special (control) tokens
 * @param endTokenIds ids that end a completion, at least one; none where the tokenizer is an encoder's
 * @param beginText text of the beginning-of-sequence token, for templates; null where there is none
 * @param endText text of the end-of-sequence token, for templates; null where there is none
 * @param chatTemplate Jinja text; null where the checkpoint has none
 * @param own a tokenizer of ours that does what the json says and what it cannot say; null where there is none
 */
public record TokenizerDefinition(
        Supplier<String> json,
        Vocabulary vocabulary,
        Set<String> specialTokens,
        Set<Integer> endTokenIds,
        @Nullable String beginText,
        @Nullable String endText,
        @Nullable String chatTemplate,
        @Nullable Tokenizer own) {
    /** One that is all in its tokenizer.json. */
    public TokenizerDefinition(
            String tokenizerJson,
            Vocabulary vocabulary,
            Set<String> specialTokens,
            Set<Integer> endTokenIds,
            @Nullable String beginText,
            @Nullable String endText,
            @Nullable String chatTemplate) {
        this(() -> tokenizerJson, vocabulary, specialTokens, endTokenIds, beginText, endText, chatTemplate, null);
    }

    /** The tokenizer.json. Writing one from GGUF metadata takes up to a second. */
    public String tokenizerJson() {
        return json.get();
    }

    /** The same with another chat template. */
    public TokenizerDefinition withChatTemplate(@Nullable String template) {
        return new TokenizerDefinition(json, vocabulary, specialTokens, endTokenIds, beginText, endText, template, own);
    }
}
