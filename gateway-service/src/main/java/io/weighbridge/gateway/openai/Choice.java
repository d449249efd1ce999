package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.TokenLogprobs;
import io.weighbridge.v1.ToolCallStart;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of the completions of a prompt, as far as it has come. Not thread-safe. */
final class Choice {
    private final int index;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();
    private final List<TokenLogprobs> logprobs = new ArrayList<>();
    private @Nullable Finished finished;
    private int held;
    private boolean open;
    private boolean closed;
    /** Characters before the next token, for the offsets of a text's log probabilities. */
    private int offset;

    private record Call(String id, String name, StringBuilder arguments) {}

    Choice(int index) {
        this.index = index;
    }

    int index() {
        return index;
    }

    /** True the first time: a stream opens each choice once. */
    boolean open() {
        var first = !open;
        open = true;
        return first;
    }

    boolean isOpen() {
        return open;
    }

    /** Nothing of it follows in a stream. */
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    void text(String piece, List<TokenLogprobs> itsLogprobs) {
        text.append(piece);
        logprobs.addAll(itsLogprobs);
    }

    void reasoning(String piece) {
        reasoning.append(piece);
    }

    void call(ToolCallStart start) {
        calls.add(new Call(start.getId(), start.getName(), new StringBuilder()));
    }

    /** Whether a call of this index would be the next one to start. */
    boolean isNextCall(int call) {
        return call == calls.size();
    }

    /** Whether a call of this index has started. */
    boolean hasCall(int call) {
        return call >= 0 && call < calls.size();
    }

    /** More of a call's arguments. */
    void arguments(int call, String piece) {
        calls.get(call).arguments.append(piece);
    }

    /** More of it is held in memory. */
    void hold(int characters) {
        held += characters;
    }

    /** How much of it was held, which counts no more. */
    int takeHeld() {
        int before = held;
        held = 0;
        return before;
    }

    void finish(Finished how) {
        finished = how;
    }

    @Nullable
    Finished finished() {
        return finished;
    }

    String finishReason() {
        return finished == null
                ? ""
                : switch (finished.getReason()) {
                    case FINISH_REASON_LENGTH -> "length";
                    case FINISH_REASON_TOOL_CALLS -> "tool_calls";
                    case FINISH_REASON_STOP, FINISH_REASON_UNSPECIFIED, UNRECOGNIZED -> "stop";
                };
    }

    boolean calledTools() {
        return finished != null && finished.getReason() == FinishReason.FINISH_REASON_TOOL_CALLS;
    }

    String text() {
        return text.toString();
    }

    /** The message of a chat that is not streamed. */
    ObjectNode message() {
        var message = Json.object().put("role", "assistant");
        if (text.isEmpty() && !calls.isEmpty()) {
            message.putNull("content");
        } else {
            message.put("content", text.toString());
        }
        message.putNull("refusal");
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        if (!calls.isEmpty()) {
            var array = message.putArray("tool_calls");
            calls.forEach(call -> array.add(call(call.id, call.name, call.arguments.toString())));
        }
        return message;
    }

    /** A call as a chat shows it. */
    static ObjectNode call(String id, String name, String arguments) {
        var call = Json.object().put("id", id).put("type", "function");
        call.putObject("function").put("name", name).put("arguments", arguments);
        return call;
    }

    /** The log probabilities that came since the last call, in the shape's form; null if there are none. */
    @Nullable
    ObjectNode takeLogprobs(Shape shape) {
        if (logprobs.isEmpty()) {
            return null;
        }
        ObjectNode json;
        if (shape == Shape.CHAT) {
            json = Json.object();
            LogprobsJson.addChat(json.putArray("content"), logprobs);
            json.putNull("refusal");
        } else {
            json = LogprobsJson.emptyText();
            offset = LogprobsJson.addText(json, logprobs, offset);
        }
        logprobs.clear();
        return json;
    }
}
