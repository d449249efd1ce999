package io.weighbridge.engine.message;

import java.util.Set;
import java.util.function.Predicate;

/**
 * Reads one call, an object with the members name and arguments (or parameters) in any order, character by character. Gives out the arguments as
 * they stream once the name is known. It looks no deeper than it must: arguments that are invalid JSON inside brackets that match come out as they are.
 */
final class CallReader {
    private static final Set<String> ARGUMENTS = Set.of("arguments", "parameters");

    private final Deltas out;
    private final Predicate<String> isTool;
    private final StringBuilder key = new StringBuilder();
    private final StringBuilder name = new StringBuilder();
    /** Arguments that came before the name. */
    private final StringBuilder early = new StringBuilder();

    private final JsonText text = new JsonText();
    private State state = State.BEFORE_OBJECT;
    private boolean started;
    private boolean anyArguments;

    private enum State {
        BEFORE_OBJECT,
        BEFORE_KEY,
        IN_KEY,
        BEFORE_COLON,
        BEFORE_VALUE,
        IN_VALUE,
        AFTER_VALUE,
        DONE,
        BROKEN
    }

    /** @param isTool whether a name makes this a call */
    CallReader(Deltas out, Predicate<String> isTool) {
        this.out = out;
        this.isTool = isTool;
    }

    /** Whether the call has been given out, so that it can no longer turn out to be content. */
    boolean started() {
        return started;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    boolean isBroken() {
        return state == State.BROKEN;
    }

    /** Takes the next character; false if it does not belong to the object any more, or breaks it. */
    void accept(char c) {
        switch (state) {
            case BEFORE_OBJECT -> expect(c, '{', State.BEFORE_KEY);
            case BEFORE_KEY -> beforeKey(c);
            case IN_KEY -> inKey(c);
            case BEFORE_COLON -> expect(c, ':', State.BEFORE_VALUE);
            case BEFORE_VALUE -> beforeValue(c);
            case IN_VALUE -> inValue(c);
            case AFTER_VALUE -> afterValue(c);
            case DONE, BROKEN -> throw new IllegalStateException("the call has ended");
        }
    }

    private void expect(char c, char wanted, State next) {
        if (c == wanted) {
            state = next;
        } else if (!Character.isWhitespace(c)) {
            state = State.BROKEN;
        }
    }

    private void beforeKey(char c) {
        if (c == '"') {
            key.setLength(0);
            text.startString();
            state = State.IN_KEY;
        } else if (c == '}') {
            end();
        } else if (!Character.isWhitespace(c)) {
            state = State.BROKEN;
        }
    }

    private void inKey(char c) {
        if (text.inString(c, key)) {
            state = State.BEFORE_COLON;
        }
    }

    private void beforeValue(char c) {
        if (Character.isWhitespace(c)) {
            return;
        }
        if (isName() && c != '"') {
            state = State.BROKEN;
            return;
        }
        if (c == '"') {
            text.startString();
        } else {
            text.startValue();
        }
        state = State.IN_VALUE;
        if (c != '"') {
            inValue(c);
        }
    }

    private boolean isName() {
        return key.toString().equals("name");
    }

    private boolean isArguments() {
        return ARGUMENTS.contains(key.toString());
    }

    private void inValue(char c) {
        if (text.isString()) {
            var sink = isName() ? name : isArguments() ? early : new StringBuilder();
            boolean ended = text.inString(c, sink);
            giveEarly();
            if (isName() && name.length() > MessageParser.NAME_CHARACTERS_MAX) {
                state = State.BROKEN;
            } else if (ended) {
                state = State.AFTER_VALUE;
                if (isName()) {
                    start();
                }
            }
            return;
        }
        if (text.endsBefore(c)) {
            state = State.AFTER_VALUE;
            afterValue(c);
            return;
        }
        if (isArguments()) {
            early.append(c);
            giveEarly();
        }
        if (text.endsWith(c)) {
            state = State.AFTER_VALUE;
        }
    }

    private void afterValue(char c) {
        if (c == ',') {
            state = State.BEFORE_KEY;
        } else if (c == '}') {
            end();
        } else if (!Character.isWhitespace(c)) {
            state = State.BROKEN;
        }
    }

    private void start() {
        if (started || !isTool.test(name.toString())) {
            state = State.BROKEN;
            return;
        }
        started = true;
        out.call(name.toString());
        giveEarly();
    }

    private void giveEarly() {
        if (started && !early.isEmpty()) {
            out.arguments(early.toString());
            anyArguments = true;
            early.setLength(0);
        }
    }

    private void end() {
        if (!started) {
            state = State.BROKEN;
            return;
        }
        if (!anyArguments) {
            out.arguments("{}");
        }
        state = State.DONE;
    }
}
