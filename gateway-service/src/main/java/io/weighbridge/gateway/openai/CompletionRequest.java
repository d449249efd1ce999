package io.weighbridge.gateway.openai;

import io.weighbridge.v1.GenerateRequest;

/**
 * A validated request.
 *
 * @param maxTokensField the field that the client set the token limit with, for messages
 * @param echo whether the prompt comes back before the completion
 */
record CompletionRequest(
        Shape shape,
        String model,
        boolean stream,
        boolean includeUsage,
        String maxTokensField,
        boolean echo,
        GenerateRequest generate) {
    CompletionRequest withGenerate(GenerateRequest other) {
        return new CompletionRequest(shape, model, stream, includeUsage, maxTokensField, echo, other);
    }
}
