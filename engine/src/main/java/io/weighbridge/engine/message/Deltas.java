package io.weighbridge.engine.message;

import java.util.ArrayList;
import java.util.List;

/** Collects deltas, joining neighbors of one kind; numbers and names calls. */
final class Deltas {
    private final CallIds ids;
    private List<MessageDelta> collected = new ArrayList<>();
    private int calls;

    Deltas(CallIds ids) {
        this.ids = ids;
    }

    void content(String text) {
        if (text.isEmpty()) {
            return;
        }
        if (!collected.isEmpty() && collected.getLast() instanceof MessageDelta.Content before) {
            collected.set(collected.size() - 1, new MessageDelta.Content(before.text() + text));
        } else {
            collected.add(new MessageDelta.Content(text));
        }
    }

    void reasoning(String text) {
        if (!text.isEmpty()) {
            collected.add(new MessageDelta.Reasoning(text));
        }
    }

    void call(String name) {
        collected.add(new MessageDelta.CallStarted(calls++, ids.next(), name));
    }

    void arguments(String text) {
        if (text.isEmpty()) {
            return;
        }
        if (!collected.isEmpty() && collected.getLast() instanceof MessageDelta.CallArguments before) {
            collected.set(collected.size() - 1, new MessageDelta.CallArguments(before.index(), before.text() + text));
        } else {
            collected.add(new MessageDelta.CallArguments(calls - 1, text));
        }
    }

    int calls() {
        return calls;
    }

    List<MessageDelta> take() {
        var taken = List.copyOf(collected);
        collected = new ArrayList<>();
        return taken;
    }
}
