package io.weighbridge.engine.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
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

    /** What a grammar is made from: its sort, such as {@code schema} or {@code regex}, and the SHA-256 of its text. */
    private record Key(String sort, String digest) {}

    /** An empty cache. Makes the masks of what most grammars have in common, which takes some ten milliseconds. */
    public GrammarCache(GrammarVocabulary vocabulary) {
        this.vocabulary = vocabulary;
        prepare(JsonLeaves.string());
        prepare(JsonLeaves.characters(JsonLeaves.BLOCK_LENGTH));
        prepare(JsonLeaves.ending(JsonLeaves.BLOCK_LENGTH));
    }

    /** Along a text of plain characters, and after a backslash. */
    private void prepare(Node leaf) {
        var dfa = ((Node.Leaf) leaf).dfa();
        var table = vocabulary.table(dfa);
        var work = new Work();
        int state = 0;
        for (int i = 0; i <= JsonLeaves.BLOCK_LENGTH && dfa.goesOn(state); i++) {
            table.mask(dfa, state, vocabulary, work);
            int escape = dfa.next(state, '\\');
            if (escape != ByteDfa.DEAD) {
                table.mask(dfa, escape, vocabulary, work);
            }
            state = dfa.next(state, i == 0 && dfa.next(state, 'a') == ByteDfa.DEAD ? '"' : 'a');
        }
    }

    /** The grammar of {@code source}, made by {@code maker} if it is not there. A failure is not kept. */
    public CompiledGrammar get(String sort, String source, Supplier<Grammar> maker) {
        Budget.source(source);
        var key = new Key(sort, digest(source));
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

    private static String digest(String source) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(source.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
