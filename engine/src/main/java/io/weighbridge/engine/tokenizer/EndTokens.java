package io.weighbridge.engine.tokenizer;

import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Names under which checkpoints hide the token that ends a turn when their metadata names only another one. */
final class EndTokens {
    /** Control tokens with one of these texts end a completion whatever the metadata says. */
    static final Set<String> NAMES = Set.of(
            "<|im_end|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|end|>",
            "<|end_of_text|>",
            "<|endoftext|>",
            "<|end_of_turn|>",
            "<end_of_turn>",
            "<end_of_utterance>",
            "<|return|>",
            "<|call|>",
            "<|calls|>",
            "<|flush|>",
            "<|eot|>",
            "<EOT>",
            "[EOT]",
            "[EOS]",
            "<eos>",
            "<turn|>",
            "<|tool_response>",
            "[e~[",
            "<\uFF5Cend\u2581of\u2581sentence\uFF5C>",
            "</s>");

    private static final String MESSAGE_END = "<|end|>";

    private EndTokens() {}

    /**
     * Takes {@code <|end|>} out of {@code ids} where it only ends a message of an answer of several (gpt-oss thinks in one
     * and answers in the next); such vocabularies have other tokens for the end.
     */
    static void withoutMessageEnds(Set<Integer> ids, IntFunction<@Nullable String> text) {
        var texts = ids.stream().map(text::apply).collect(Collectors.toSet());
        boolean severalMessages = (texts.contains("<|return|>") && texts.contains("<|call|>"))
                || (texts.contains("<|calls|>") && texts.contains("<|flush|>"));
        if (severalMessages) {
            ids.removeIf(id -> MESSAGE_END.equals(text.apply(id)));
        }
    }
}
