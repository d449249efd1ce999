package io.weighbridge.gateway.openai;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/** The fields that each kind of request is read for, and that openai.yaml documents; what is refused by name is in {@link UnsupportedFields}. */
final class KnownFields {
    private static final Set<String> COMPLETION = Set.of(
            "model",
            "priority",
            "stream",
            "stream_options",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "top_k",
            "min_p",
            "typical_p",
            "repetition_penalty",
            "presence_penalty",
            "frequency_penalty",
            "logit_bias",
            "seed",
            "stop",
            "min_tokens",
            "ignore_eos",
            "n",
            "best_of",
            "use_beam_search",
            "early_stopping",
            "length_penalty",
            "response_format",
            "structured_outputs",
            "guided_json",
            "guided_regex",
            "guided_choice",
            "guided_grammar");

    static final Set<String> CHAT = with(
            COMPLETION,
            "messages",
            "logprobs",
            "top_logprobs",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "reasoning_effort",
            "chat_template_kwargs");

    static final Set<String> TEXT = with(COMPLETION, "prompt", "echo", "logprobs");

    private static final Set<String> ENCODER = Set.of("model", "truncate", "truncate_prompt_tokens", "priority");

    static final Set<String> EMBEDDING =
            with(ENCODER, "input", "encoding_format", "dimensions", "normalize", "prompt_name");

    static final Set<String> RERANK = with(ENCODER, "query", "documents", "top_n", "return_documents");

    static final Set<String> SCORE = with(ENCODER, "text_1", "text_2");

    private KnownFields() {}

    private static Set<String> with(Set<String> common, String... more) {
        var all = new TreeSet<>(common);
        Collections.addAll(all, more);
        return Collections.unmodifiableSet(all);
    }
}
