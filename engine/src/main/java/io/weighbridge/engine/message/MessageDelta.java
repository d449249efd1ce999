package io.weighbridge.engine.message;

/** The next piece of an assistant's message. Pieces of one kind, and of one call, put together are the whole. */
public sealed interface MessageDelta {
    /** More of the answer. */
    record Content(String text) implements MessageDelta {}

    /** More of what the model thought before it answered. */
    record Reasoning(String text) implements MessageDelta {}

    /**
     * A tool is to be called.
     *
     * @param index 0 for the first call of the message
     * @param id unlike all others; the client sends it back with the tool's result
     */
    record CallStarted(int index, String id, String name) implements MessageDelta {}

    /** More of a call's arguments, JSON as the model wrote it: it may be invalid or cut off. */
    record CallArguments(int index, String text) implements MessageDelta {}
}
