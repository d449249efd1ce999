package io.weighbridge.inference.chat;

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
import java.util.Map;
import java.util.Objects;

/**
 * Encodes chats with the checkpoint's template; special tokens in what a client sent, in tools and arguments too, stay plain
 * text. Thread-safe.
 */
public final class TemplateChatEncoder implements ChatEncoder {
    /** A template that has this word anywhere takes tools. */
    private static final String TOOLS = "tools";

    private final ChatTemplate template;
    private final boolean takesTools;
    private final TokenizerDefinition definition;
    private final PromptEncoder encoder;
    private final TemplateAnswer answer;

    private TemplateChatEncoder(String jinja, TokenizerDefinition definition, Tokenizer tokenizer) {
        this.template = ChatTemplate.parse(jinja);
        this.takesTools = jinja.contains(TOOLS);
        this.definition = definition;
        this.encoder = new PromptEncoder(tokenizer);
        this.answer = TemplateAnswer.of(jinja, tokenizer);
    }

    /** The encoder for the checkpoint; without a template it refuses every chat. */
    public static ChatEncoder of(String model, TokenizerDefinition definition, Tokenizer tokenizer) {
        var jinja = definition.chatTemplate();
        if (jinja == null) {
            return chat -> {
                throw InferenceException.badParam(
                        "messages",
                        "the checkpoint of '%s' has no chat template; send the prompt as text".formatted(model));
            };
        }
        return new TemplateChatEncoder(jinja, definition, tokenizer);
    }

    @Override
    public Prompt encode(Chat chat) {
        var messages = chat.messages();
        List<Map<String, Object>> tools = null;
        if (!chat.tools().isEmpty() && takesTools) {
            tools = chat.tools().values().stream()
                    .map(definition -> guarded(Map.of("type", "function", "function", definition)))
                    .toList();
        } else if (!chat.tools().isEmpty()) {
            messages = ToolPrompt.describe(messages, List.copyOf(chat.tools().values()));
        }
        var settings = new ChatTemplate.Settings(
                true,
                definition.beginText(),
                definition.endText(),
                ZonedDateTime.now(),
                tools,
                guarded(chat.variables()));
        try {
            var prompt = template.render(messages.stream().map(this::guarded).toList(), settings);
            return new Prompt(encoder.encode(prompt, false), answer.to(prompt));
        } catch (TemplateException e) {
            throw failure(e);
        }
    }

    private ChatMessage guarded(ChatMessage message) {
        return new ChatMessage(message.role(), encoder.guard(message.content()), guarded(message.more()));
    }

    @SuppressWarnings("unchecked") // a map stays a map with the same kinds of keys
    private Map<String, Object> guarded(Map<String, Object> values) {
        return (Map<String, Object>) Objects.requireNonNull(encoder.guardAll(values));
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
