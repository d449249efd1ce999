package io.weighbridge.inference.grpc;

import io.weighbridge.engine.message.MessageDelta;
import io.weighbridge.engine.message.MessageParser;
import io.weighbridge.engine.tokenizer.IncrementalDecoder;
import io.weighbridge.engine.tokenizer.StopStrings;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.inference.chat.ChatEncoder.AnswerFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of one completion become pieces of its message: text that never ends inside a character, nothing of a stop string,
 * reasoning and calls apart. Stop strings do not span control tokens. Not thread-safe.
 */
final class AnswerReader {
    private final IncrementalDecoder decoder;
    private final StopStrings stops;
    private final Map<Integer, String> marks;
    private final @Nullable MessageParser parser;
    private final boolean singleCall;
    private int calls;
    private boolean callsEnough;

    /** @param answer how the model marks what; null to take text as it comes */
    AnswerReader(
            Tokenizer tokenizer,
            List<String> stops,
            @Nullable AnswerFormat answer,
            Set<String> tools,
            boolean singleCall) {
        this.decoder = new IncrementalDecoder(tokenizer);
        this.stops = new StopStrings(stops);
        this.marks = answer == null ? Map.of() : answer.marks();
        this.parser = answer == null ? null : answer.parser(tools);
        this.singleCall = singleCall;
    }

    /** What {@code tokenId} brings. */
    List<MessageDelta> token(int tokenId) {
        var mark = marks.get(tokenId);
        if (mark == null) {
            return read(stops.accept(decoder.add(tokenId)));
        }
        var before = rest();
        return read(stops.stopped() ? before : before + mark);
    }

    /** What was held back; nothing follows. */
    List<MessageDelta> end() {
        var deltas = new ArrayList<>(read(rest()));
        if (parser != null) {
            deltas.addAll(limited(parser.end()));
        }
        return deltas;
    }

    /** Whether nothing more is wanted: a stop string has come, or a second call where one was allowed. */
    boolean stopped() {
        return stops.stopped() || callsEnough;
    }

    boolean calledTools() {
        return calls > 0;
    }

    private String rest() {
        return stops.accept(decoder.flush()) + stops.flush();
    }

    private List<MessageDelta> read(String text) {
        if (parser == null) {
            return text.isEmpty() ? List.of() : List.of(new MessageDelta.Content(text));
        }
        return text.isEmpty() ? List.of() : limited(parser.accept(text));
    }

    private List<MessageDelta> limited(List<MessageDelta> deltas) {
        var kept = new ArrayList<MessageDelta>();
        for (var delta : deltas) {
            if (delta instanceof MessageDelta.CallStarted) {
                callsEnough = callsEnough || (singleCall && calls > 0);
                calls += callsEnough ? 0 : 1;
            }
            if (!callsEnough) {
                kept.add(delta);
            }
        }
        return kept;
    }
}
