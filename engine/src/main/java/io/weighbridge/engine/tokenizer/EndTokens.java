package io.weighbridge.engine.tokenizer;

import java.util.Set;

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
            "<|return|>",
            "<|eot|>",
            "<EOT>",
            "<eos>",
            "</s>");

    private EndTokens() {}
}
