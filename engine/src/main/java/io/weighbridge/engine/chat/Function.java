package io.weighbridge.engine.chat;

/** What a template can call: a global function, a method of a value, or a macro. */
@FunctionalInterface
interface Function {
    Object call(Arguments arguments);
}
