package io.weighbridge.engine.tokenizer;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a tokenizer and a chat are made of, taken from a checkpoint of either format.
 *
 * @param tokenizerJson a tokenizer.json in Hugging Face's format; from the folder, or written from GGUF metadata
 * @param vocabulary the bytes of each token
 * @param specialTokens texts of the special (control) tokens
 * @param endTokenIds ids that end a completion, at least one; none where the tokenizer is an encoder's
 * @param beginText text of the beginning-of-sequence token, for templates; null where there is none
 * @param endText text of the end-of-sequence token, for templates; null where there is none
 * @param chatTemplate Jinja text; null where the checkpoint has none
 */
public record TokenizerDefinition(
        String tokenizerJson,
        Vocabulary vocabulary,
        Set<String> specialTokens,
        Set<Integer> endTokenIds,
        @Nullable String beginText,
        @Nullable String endText,
        @Nullable String chatTemplate) {}
