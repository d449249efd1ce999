package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The tokens that an answer took. A prompt counts once however many completions it has, and completions that were not given out count too. */
record Usage(int prompt, int completion, int cached) {
    /** Of one prompt and its completions. */
    static Usage of(List<Choice> choices) {
        int prompt = 0;
        int completion = 0;
        int cached = 0;
        for (var choice : choices) {
            var finished = choice.finished();
            if (finished != null) {
                prompt = finished.getPromptTokens();
                cached = Math.max(cached, finished.getCachedTokens());
                completion += finished.getCompletionTokens() + finished.getDiscardedTokens();
            }
        }
        return new Usage(prompt, completion, cached);
    }

    Usage plus(Usage other) {
        return new Usage(prompt + other.prompt, completion + other.completion, cached + other.cached);
    }

    ObjectNode json() {
        var usage = Json.object()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", prompt + completion);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
        return usage;
    }
}
