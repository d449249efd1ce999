package io.weighbridge.inference.loading;

import io.weighbridge.engine.chat.ChatMessage;
import io.weighbridge.engine.chat.ChatTemplate;
import io.weighbridge.engine.chat.TemplateException;
import io.weighbridge.engine.tokenizer.PromptEncoder;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.engine.tokenizer.TokenizerDefinition;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import java.time.ZonedDateTime;
import java.util.List;

/** Encodes chats with the checkpoint's template; special tokens in a message's content stay plain text. Thread-safe. */
final class TemplateChatEncoder implements LoadedModel.ChatEncoder {
    private final ChatTemplate template;
    private final TokenizerDefinition definition;
    private final PromptEncoder encoder;

    private TemplateChatEncoder(ChatTemplate template, TokenizerDefinition definition, Tokenizer tokenizer) {
        this.template = template;
        this.definition = definition;
        this.encoder = new PromptEncoder(tokenizer);
    }

    /** The encoder for the checkpoint; without a template it refuses every chat. */
    static LoadedModel.ChatEncoder of(String model, TokenizerDefinition definition, Tokenizer tokenizer) {
        var jinja = definition.chatTemplate();
        if (jinja == null) {
            return messages -> {
                throw InferenceException.badParam(
                        "messages",
                        "the checkpoint of '%s' has no chat template; send the prompt as text".formatted(model));
            };
        }
        return new TemplateChatEncoder(ChatTemplate.parse(jinja), definition, tokenizer);
    }

    @Override
    public int[] encode(List<ChatMessage> messages) {
        var guarded = messages.stream()
                .map(message -> new ChatMessage(message.role(), encoder.guard(message.content())))
                .toList();
        var settings =
                new ChatTemplate.Settings(true, definition.beginText(), definition.endText(), ZonedDateTime.now());
        try {
            return encoder.encode(template.render(guarded, settings), false);
        } catch (TemplateException e) {
            throw failure(e);
        }
    }

    private static InferenceException failure(TemplateException e) {
        return switch (e.kind()) {
            case REFUSED, LIMIT, EVALUATION ->
                InferenceException.badParam(
                        ErrorCode.CHAT_TEMPLATE_REFUSED,
                        "messages",
                        "the model's chat template does not take these messages: " + e.getMessage());
            case SYNTAX -> new InferenceException(ErrorCode.CHECKPOINT_UNUSABLE, String.valueOf(e.getMessage()), e);
        };
    }
}
