package io.weighbridge.engine.chat;

import java.util.HashMap;
import java.util.Map;

/** The one kind of object a template can change: {@code set ns.name = value} works from inside a loop. */
final class Namespace {
    final Map<String, Object> attributes = new HashMap<>();
}
