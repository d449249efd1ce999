package io.weighbridge.engine.chat;

import java.util.List;

/**
 * Items that are no list: of a dict ({@code keys}, {@code values}, {@code items}) or a {@code range}.
 *
 * @param items what walking gives
 * @param name Python's name of the type
 * @param printed what printing gives; empty for the name with the items
 * @param isIndexed whether items can be reached by number
 */
record View(List<Object> items, String name, String printed, boolean isIndexed) {
    static View ofDict(String name, List<Object> items) {
        return new View(items, "dict_" + name, "", false);
    }
}
