package io.weighbridge.engine.chat;

import java.util.HashMap;
import java.util.Map;

/** The one kind of object a template can change: {@code set ns.name = value} works from inside a loop. */
final class Namespace {
    final Map<String, Object> attributes = new HashMap<>();

    /** As transformers does, names with an underscore first are refused. */
    static void checkName(String name) {
        if (name.startsWith("_")) {
            throw TemplateException.evaluation("a namespace cannot have an attribute '%s'; rename it".formatted(name));
        }
    }
}
