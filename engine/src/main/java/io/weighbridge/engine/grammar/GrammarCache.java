package io.weighbridge.engine.grammar;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The compiled grammars of one loaded model, by what they were made from, least recently used ones dropped. Compiling happens
 * on the thread that asks, outside the lock; the engine's thread must not ask. Thread-safe.
 */
public final class GrammarCache {
    /** Most grammars that are kept. */
    public static final int ENTRIES_MAX = 64;

    private final GrammarVocabulary vocabulary;
    private final Map<Key, CompiledGrammar> entries = new LinkedHashMap<>(16, 0.75f, true);

    /** What a grammar is made from: its sort, such as {@code schema} or {@code regex}, and its text. */
    private record Key(String sort, String source) {}

    public GrammarCache(GrammarVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The grammar of {@code source}, made by {@code maker} if it is not there. A failure is not kept. */
    public CompiledGrammar get(String sort, String source, Supplier<Grammar> maker) {
        Budget.source(source);
        var key = new Key(sort, source);
        synchronized (entries) {
            var known = entries.get(key);
            if (known != null) {
                return known;
            }
        }
        var compiled = maker.get().compile(vocabulary);
        synchronized (entries) {
            var other = entries.putIfAbsent(key, compiled);
            if (entries.size() > ENTRIES_MAX) {
                entries.remove(entries.keySet().iterator().next());
            }
            return other == null ? compiled : other;
        }
    }
}
