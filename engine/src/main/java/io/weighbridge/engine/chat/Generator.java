package io.weighbridge.engine.chat;

import java.util.List;

/**
 * What Python's lazy filters and iterators give: items that can be walked once, true as a condition even without any, without
 * length or index. Here they are computed at once.
 */
final class Generator {
    private List<Object> items;

    Generator(List<Object> items) {
        this.items = items;
    }

    /** What is left; nothing afterwards. */
    List<Object> takeAll() {
        var taken = items;
        items = List.of();
        return taken;
    }

    /** The next item, or something undefined. */
    Object takeFirst() {
        if (items.isEmpty()) {
            return new Undefined("there is no first item");
        }
        var first = items.getFirst();
        items = items.subList(1, items.size());
        return first;
    }
}
