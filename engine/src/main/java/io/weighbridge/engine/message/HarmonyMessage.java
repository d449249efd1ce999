package io.weighbridge.engine.message;

import java.util.List;

/**
 * gpt-oss's messages: a header with channel and recipient, {@code <|message|>}, a body. The channel analysis is reasoning, final
 * and commentary are content, and what is addressed to a function is a call.
 */
final class HarmonyMessage implements MessageParser {
    private static final String START = "<|start|>";
    private static final String CHANNEL = "<|channel|>";
    private static final String BODY = "<|message|>";
    private static final String FUNCTIONS = "functions.";
    private static final List<String> BODY_ENDS = List.of("<|end|>", "<|call|>", "<|return|>", START);

    private final Deltas out;
    private final StringBuilder rest = new StringBuilder();
    private Kind kind = Kind.HEADER;

    private enum Kind {
        HEADER,
        REASONING,
        CONTENT,
        CALL
    }

    HarmonyMessage(CallIds ids) {
        out = new Deltas(ids);
    }

    @Override
    public List<MessageDelta> accept(String text) {
        rest.append(text);
        while (kind == Kind.HEADER ? header() : body()) {
            // until more text is needed
        }
        return out.take();
    }

    @Override
    public List<MessageDelta> end() {
        if (kind == Kind.HEADER) {
            // A model that writes no header at all wrote content.
            var text = rest.toString();
            out.content(text.contains(CHANNEL) || text.contains(START) ? "" : text);
        } else {
            give(rest.toString());
        }
        rest.setLength(0);
        return out.take();
    }

    private boolean header() {
        int end = rest.indexOf(BODY);
        if (end < 0) {
            return false;
        }
        var header = rest.substring(0, end);
        rest.delete(0, end + BODY.length());
        var recipient = after(header, "to=");
        if (!recipient.isEmpty()) {
            kind = Kind.CALL;
            out.call(recipient.startsWith(FUNCTIONS) ? recipient.substring(FUNCTIONS.length()) : recipient);
        } else {
            kind = after(header, CHANNEL).equals("analysis") ? Kind.REASONING : Kind.CONTENT;
        }
        return true;
    }

    private boolean body() {
        var found = Marks.first(rest, BODY_ENDS);
        give(rest.substring(0, found.at()));
        rest.delete(0, found.at() + found.mark().length());
        if (found.mark().isEmpty()) {
            return false;
        }
        kind = Kind.HEADER;
        return true;
    }

    private void give(String text) {
        switch (kind) {
            case REASONING -> out.reasoning(text);
            case CONTENT -> out.content(text);
            case CALL -> out.arguments(text);
            case HEADER -> throw new IllegalStateException("a header has no body");
        }
    }

    /** The word that stands right after {@code mark}; empty where the mark is missing. */
    private static String after(String header, String mark) {
        int at = header.indexOf(mark);
        if (at < 0) {
            return "";
        }
        int from = at + mark.length();
        int to = from;
        while (to < header.length() && !Character.isWhitespace(header.charAt(to)) && header.charAt(to) != '<') {
            to++;
        }
        return header.substring(from, to);
    }
}
