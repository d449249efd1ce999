package io.weighbridge.engine.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} of a round. One object serves all rounds. The depth counts calls of a recursive loop. */
final class Loop {
    private final List<Object> items;
    private int index;
    private @Nullable Object changedBefore;

    private final int depth;
    private final @Nullable Function inner;

    /** @param inner what calling the loop does; null where it is not recursive */
    Loop(List<Object> items, int depth, @Nullable Function inner) {
        this.items = items;
        this.depth = depth;
        this.inner = inner;
    }

    Object call(Arguments arguments) {
        if (inner == null) {
            throw TemplateException.evaluation("the loop is called but is not marked 'recursive'");
        }
        return inner.call(arguments);
    }

    void moveTo(int newIndex) {
        this.index = newIndex;
    }

    Object attribute(String name) {
        int size = items.size();
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) size - index;
            case "revindex0" -> size - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == size - 1;
            case "length" -> (long) size;
            case "depth" -> (long) depth;
            case "depth0" -> depth - 1L;
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
            case "nextitem" -> index + 1 < size ? items.get(index + 1) : new Undefined("there is no next item");
            case "cycle" -> (Function) this::cycle;
            case "changed" -> (Function) this::changed;
            default -> new Undefined("the loop has no '%s'".formatted(name));
        };
    }

    private Object cycle(Arguments arguments) {
        var values = arguments.positional();
        if (values.isEmpty()) {
            throw TemplateException.evaluation("loop.cycle needs at least one value");
        }
        return values.get(index % values.size());
    }

    private Object changed(Arguments arguments) {
        var now = new Tuple(arguments.positional());
        boolean changed = changedBefore == null || !Values.equal(changedBefore, now);
        changedBefore = now;
        return changed;
    }
}
