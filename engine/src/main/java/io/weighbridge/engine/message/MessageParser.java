package io.weighbridge.engine.message;

import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Takes a completion apart while it streams. However it is cut into pieces, the deltas put together are the same; what is not
 * clear yet waits inside. Nothing is lost: what looks like a call and is none comes out as content. Not thread-safe, one per completion.
 */
public sealed interface MessageParser permits MarkedMessage, HarmonyMessage {
    /** Longest name of a tool, in characters, as OpenAI's limit; a longer one makes a call content. */
    int NAME_CHARACTERS_MAX = 64;

    /**
     * What {@code text} brings: the next piece of the completion, with the texts of those control tokens that are
     * {@linkplain MessageFormat#marks marks} of the format or of reasoning.
     */
    List<MessageDelta> accept(String text);

    /** What waited in vain: the completion has ended. */
    List<MessageDelta> end();

    /**
     * A parser.
     *
     * @param tools names of the tools the model was offered; empty for none, and then nothing is a call
     * @param reasoning marks of reasoning; null where the model has none
     * @param reasoningOpen whether the prompt ended within reasoning
     * @param random for ids of calls
     */
    static MessageParser of(
            MessageFormat format,
            Set<String> tools,
            @Nullable ReasoningMarks reasoning,
            boolean reasoningOpen,
            RandomGenerator random) {
        var ids = new CallIds(random, format);
        return format == MessageFormat.HARMONY
                ? new HarmonyMessage(ids)
                : new MarkedMessage(format, tools, reasoning, reasoningOpen, ids);
    }
}
