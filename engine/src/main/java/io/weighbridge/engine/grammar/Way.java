package io.weighbridge.engine.grammar;

/** One way on from a frame: a symbol in a state, and what follows it. Frames are interned, so that the same one is the same object. */
record Way(Symbol symbol, int state, Frame rest) {
    @Override
    public boolean equals(Object other) {
        return other instanceof Way(var s, int q, var r) && s == symbol && q == state && r == rest;
    }

    @Override
    public int hashCode() {
        return (symbol.id * 31 + state) * 31 + System.identityHashCode(rest);
    }
}
