package io.weighbridge.engine.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Messages in which marks, or nothing but its shape, tell a call from content. */
final class MarkedMessage implements MessageParser {
    private static final String HERMES_CLOSE = "</tool_call>";
    private static final String ARGS = "[ARGS]";
    private static final String CALL_ID = "[CALL_ID]";
    private static final String CODE_TAG = "<|python_tag|>";

    private final MessageFormat format;
    private final @Nullable ReasoningMarks reasoning;
    private final List<String> marks = new ArrayList<>();
    private final Predicate<String> isMarkedTool;
    private final Predicate<String> isTool;
    private final Deltas out;

    /** What has not been understood yet. */
    private final StringBuilder rest = new StringBuilder();
    /** What was read of a call that is not sure to be one. */
    private final StringBuilder unsure = new StringBuilder();
    /** Blanks after content, which are dropped if a call follows. */
    private String blanks = "";

    private State state;
    private boolean contentBegun;
    private boolean skipBlanks;
    private boolean marked;
    private boolean list;
    private @Nullable CallReader call;
    private @Nullable JsonText arguments;

    private enum State {
        CONTENT,
        REASONING,
        /** After a mark: what kind of call is it? */
        BEFORE_CALL,
        CALL,
        /** Bare arguments, the name stood before them. */
        ARGUMENTS,
        AFTER_CALL
    }

    MarkedMessage(
            MessageFormat format,
            Set<String> tools,
            @Nullable ReasoningMarks reasoning,
            boolean reasoningOpen,
            CallIds ids) {
        this.format = format;
        this.reasoning = reasoning;
        this.out = new Deltas(ids);
        this.isMarkedTool = name -> !name.isEmpty();
        this.isTool = Set.copyOf(tools)::contains;
        if (!tools.isEmpty()) {
            switch (format) {
                case HERMES -> marks.add("<tool_call>");
                case LLAMA3 -> marks.add(CODE_TAG);
                case MISTRAL -> marks.add("[TOOL_CALLS]");
                case HARMONY, GENERIC_JSON -> {}
            }
        }
        contentBegun = tools.isEmpty();
        if (reasoning != null) {
            marks.add(reasoning.open());
        }
        state = reasoning != null && reasoningOpen ? State.REASONING : State.CONTENT;
        skipBlanks = state == State.REASONING;
    }

    @Override
    public List<MessageDelta> accept(String text) {
        rest.append(text);
        while (step()) {
            // until more text is needed
        }
        return out.take();
    }

    @Override
    public List<MessageDelta> end() {
        switch (state) {
            case REASONING -> out.reasoning(rest.toString().stripTrailing());
            case CONTENT -> {
                content(rest.toString());
                if (out.calls() == 0) {
                    out.content(blanks);
                }
            }
            case BEFORE_CALL, CALL, AFTER_CALL -> {
                if (call == null || !call.started()) {
                    content(unsure.toString() + rest);
                }
            }
            case ARGUMENTS -> {}
        }
        rest.setLength(0);
        return out.take();
    }

    private boolean step() {
        if (rest.isEmpty()) {
            return false;
        }
        return switch (state) {
            case CONTENT -> inContent();
            case REASONING -> inReasoning(Objects.requireNonNull(reasoning));
            case BEFORE_CALL -> beforeCall();
            case CALL -> inCall(Objects.requireNonNull(call));
            case ARGUMENTS -> inArguments(Objects.requireNonNull(arguments));
            case AFTER_CALL -> afterCall();
        };
    }

    private boolean inContent() {
        if (!contentBegun && maybeBare()) {
            int at = Marks.afterBlanks(rest, 0);
            if (at == rest.length()) {
                return false;
            }
            char first = rest.charAt(at);
            if (first == '{' || (first == '[' && format == MessageFormat.GENERIC_JSON)) {
                marked = false;
                unsure.setLength(0);
                unsure.append(blanks);
                blanks = "";
                state = State.BEFORE_CALL;
                return true;
            }
        }
        var found = Marks.first(rest, marks);
        content(take(found.at()));
        if (found.mark().isEmpty()) {
            return false;
        }
        var mark = take(found.mark().length());
        if (reasoning != null && mark.equals(reasoning.open())) {
            state = State.REASONING;
            skipBlanks = true;
        } else {
            marked = true;
            unsure.setLength(0);
            unsure.append(blanks).append(mark);
            blanks = "";
            state = State.BEFORE_CALL;
        }
        return true;
    }

    private boolean maybeBare() {
        return format == MessageFormat.LLAMA3 || format == MessageFormat.GENERIC_JSON;
    }

    /** Gives content out, but keeps blanks at its end for later. */
    private void content(String text) {
        var whole = skipBlanks ? text.stripLeading() : text;
        if (whole.isEmpty()) {
            return;
        }
        skipBlanks = false;
        whole = blanks + whole;
        int end = whole.stripTrailing().length();
        blanks = whole.substring(end);
        out.content(whole.substring(0, end));
        contentBegun = contentBegun || end > 0;
    }

    private boolean inReasoning(ReasoningMarks around) {
        if (skipBlanks) {
            int at = Marks.afterBlanks(rest, 0);
            take(at);
            if (rest.isEmpty()) {
                return false;
            }
            skipBlanks = false;
        }
        var found = Marks.first(rest, List.of(around.close()));
        if (found.mark().isEmpty()) {
            int end = rest.substring(0, found.at()).stripTrailing().length();
            out.reasoning(take(end));
            return false;
        }
        out.reasoning(take(found.at()).stripTrailing());
        take(around.close().length());
        state = State.CONTENT;
        skipBlanks = true;
        return true;
    }

    private boolean beforeCall() {
        int at = Marks.afterBlanks(rest, 0);
        if (at == rest.length()) {
            return false;
        }
        char first = rest.charAt(at);
        if (first == '[' && format != MessageFormat.LLAMA3 && !list) {
            list = true;
            unsure.append(take(at + 1));
            return true;
        }
        if (first == '{') {
            unsure.append(take(at));
            call = new CallReader(out, marked ? isMarkedTool : isTool);
            state = State.CALL;
            return true;
        }
        return format == MessageFormat.MISTRAL && marked && !list ? nameBeforeArguments() : noCall();
    }

    /** Mistral's later form: {@code name[ARGS]{…}}, or {@code name[CALL_ID]id[ARGS]{…}}. */
    private boolean nameBeforeArguments() {
        var found = Marks.first(rest, List.of(ARGS, "{"));
        if (found.mark().isEmpty()) {
            return found.at() <= 2 * NAME_CHARACTERS_MAX + CALL_ID.length() ? false : noCall();
        }
        var head = rest.substring(0, found.at()).strip();
        int id = head.indexOf(CALL_ID);
        var name = id < 0 ? head : head.substring(0, id);
        if (name.isEmpty()
                || name.length() > NAME_CHARACTERS_MAX
                || !name.strip().equals(name)) {
            return noCall();
        }
        int from = Marks.afterBlanks(rest, found.at() + (found.mark().equals(ARGS) ? ARGS.length() : 0));
        if (from == rest.length()) {
            return false;
        }
        if (rest.charAt(from) != '{') {
            return noCall();
        }
        take(from);
        out.call(name);
        arguments = new JsonText();
        arguments.startValue();
        state = State.ARGUMENTS;
        return true;
    }

    private boolean inArguments(JsonText text) {
        for (int i = 0; i < rest.length(); i++) {
            if (text.endsWith(rest.charAt(i))) {
                out.arguments(take(i + 1));
                state = State.CONTENT;
                contentBegun = true;
                skipBlanks = true;
                return true;
            }
        }
        out.arguments(take(rest.length()));
        return false;
    }

    private boolean inCall(CallReader reader) {
        for (int i = 0; i < rest.length(); i++) {
            reader.accept(rest.charAt(i));
            if (reader.isBroken()) {
                return reader.started() ? brokenCall(i) : noCall();
            }
            if (reader.isDone()) {
                take(i + 1);
                state = State.AFTER_CALL;
                return true;
            }
        }
        unsure.append(take(rest.length()));
        return false;
    }

    /** A call that went wrong after its name was out: what follows is content again. */
    private boolean brokenCall(int read) {
        take(read);
        leaveCalls();
        return true;
    }

    /** What looked like a call is content. */
    private boolean noCall() {
        var text = unsure.toString();
        unsure.setLength(0);
        leaveCalls();
        skipBlanks = false;
        content(text);
        return true;
    }

    private void leaveCalls() {
        call = null;
        list = false;
        contentBegun = true;
        skipBlanks = true;
        state = State.CONTENT;
    }

    private boolean afterCall() {
        int at = Marks.afterBlanks(rest, 0);
        if (at == rest.length()) {
            return false;
        }
        if (format == MessageFormat.HERMES && !list) {
            var left = rest.substring(at);
            if (left.startsWith(HERMES_CLOSE)) {
                take(at + HERMES_CLOSE.length());
                leaveCalls();
                return true;
            }
            if (HERMES_CLOSE.startsWith(left)) {
                return false;
            }
        } else if (list ? rest.charAt(at) == ',' : format == MessageFormat.LLAMA3 && rest.charAt(at) == ';') {
            call = null;
            unsure.setLength(0);
            unsure.append(take(at + 1));
            state = State.BEFORE_CALL;
            return true;
        } else if (list && rest.charAt(at) == ']') {
            take(at + 1);
            list = false;
            return true;
        }
        leaveCalls();
        return true;
    }

    private String take(int count) {
        var taken = rest.substring(0, count);
        rest.delete(0, count);
        return taken;
    }
}
