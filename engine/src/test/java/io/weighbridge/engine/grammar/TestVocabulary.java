package io.weighbridge.engine.grammar;

import io.weighbridge.engine.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** A vocabulary for tests: every byte, and pieces that cross the borders of JSON's parts. The last token id is the end. */
final class TestVocabulary {
    private static final List<String> PIECES = List.of(
            "{\"",
            "\":",
            "\": ",
            "\": \"",
            "\",",
            "\", \"",
            "\"}",
            "\"},",
            "},{",
            "}]",
            "]}",
            "[{",
            "[[",
            "]]",
            "\",\"",
            ": ",
            ", ",
            "  ",
            "    ",
            "\n  ",
            "{\n",
            "},\n",
            "true",
            "false",
            "null",
            "tru",
            "12",
            "00",
            "3.1",
            "-1",
            "1e",
            "e+",
            "name",
            "\"name\"",
            "\"name\": \"",
            "type",
            "the",
            " the",
            "hello",
            " world",
            "é",
            "\u00e9\u00e9",
            "😀",
            "\\n",
            "\\\"",
            "\\u00",
            "2024",
            "2024-",
            "-01-",
            "T10:",
            "aaaa",
            "aaaaaaaa",
            "ab",
            "abc",
            "b\"",
            "a\"]",
            "\"]",
            "[\"",
            "\"a\"",
            "\"b\"",
            "foo",
            "\"foo\":",
            "bar",
            "\"bar\":1",
            "[]",
            "{}",
            "\"\"",
            "0.",
            "5}",
            " ".repeat(40),
            "a".repeat(40),
            "\": \"" + "the ".repeat(10),
            "the ".repeat(10) + "\", \"",
            "5]");

    static final GrammarVocabulary VOCABULARY;
    static final TestVocabulary TOKENS = new TestVocabulary();

    static {
        VOCABULARY = GrammarVocabulary.of(Vocabulary.of(TOKENS.size(), false, TOKENS::bytes), List.of(TOKENS.end()));
    }

    private final List<byte[]> tokens = new ArrayList<>();

    private TestVocabulary() {
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        new LinkedHashSet<>(PIECES).forEach(piece -> tokens.add(piece.getBytes(StandardCharsets.UTF_8)));
        tokens.add(new byte[0]);
    }

    int end() {
        return tokens.size() - 1;
    }

    int size() {
        return tokens.size();
    }

    byte[] bytes(int tokenId) {
        return tokens.get(tokenId);
    }

    /** Whether the grammar accepts {@code text} as a whole, byte by byte. */
    static boolean accepts(CompiledGrammar grammar, String text) {
        var state = grammar.start();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (!state.tryAdvance(b & 0xFF)) {
                return false;
            }
        }
        return state.mayEnd();
    }

    static CompiledGrammar schema(String schema) {
        return Grammar.jsonSchema(schema).compile(VOCABULARY);
    }
}
