package io.weighbridge.inference.chat;

import io.weighbridge.engine.grammar.Grammar;
import io.weighbridge.engine.message.MessageParser;
import io.weighbridge.inference.InferenceException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns chats into prompts. Thread-safe. */
@FunctionalInterface
public interface ChatEncoder {
    /**
     * The prompt.
     *
     * @throws InferenceException if the checkpoint has no chat template or the template refuses the messages
     */
    Prompt encode(Chat chat);

    /**
     * A prompt and how to read what the model makes of it.
     *
     * @param answer how to read it; null to take it as it comes
     */
    record Prompt(int[] tokenIds, @Nullable AnswerFormat answer) {}

    /** How the model marks reasoning and calls of tools. */
    interface AnswerFormat {
        /** Texts of the control tokens that a parser has to see, by token id. */
        Map<Integer, String> marks();

        /** Answers that are one call of one of these tools. */
        Grammar call(Map<String, Map<String, Object>> tools);

        /** A text that stands for {@link #call} of the same tools: equal texts are equal grammars. */
        String describe(Map<String, Map<String, Object>> tools);

        /** A parser for one completion; {@code tools} are the names of those whose calls are taken out of the text. */
        MessageParser parser(Set<String> tools);
    }
}
