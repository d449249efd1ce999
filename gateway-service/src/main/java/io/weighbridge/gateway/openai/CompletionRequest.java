package io.weighbridge.gateway.openai;

import io.weighbridge.v1.GenerateRequest;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A validated request.
 *
 * @param maxTokensField the field that the client set the token limit with, for messages
 * @param echo whether the prompt comes back before the completion
 * @param prompts what replicas are asked, one request for each prompt; they differ in the prompt only
 */
record CompletionRequest(
        Shape shape,
        String model,
        boolean stream,
        boolean includeUsage,
        String maxTokensField,
        boolean echo,
        List<GenerateRequest> prompts) {
    CompletionRequest {
        prompts = List.copyOf(prompts);
    }

    /** The request for the first prompt: where they do not differ, any one will do. */
    GenerateRequest generate() {
        return prompts.getFirst();
    }

    boolean hasSeveralPrompts() {
        return prompts.size() > 1;
    }

    CompletionRequest with(UnaryOperator<GenerateRequest> change) {
        return new CompletionRequest(
                shape,
                model,
                stream,
                includeUsage,
                maxTokensField,
                echo,
                prompts.stream().map(change).toList());
    }
}
