package io.weighbridge.engine.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns a growing list of token ids into pieces of text that never end inside a character. A character may span several
 * tokens; its bytes are held back until it is whole or can no longer become so. The pieces put together are what
 * {@link Vocabulary#text} gives for everything at once. Not thread-safe; one per sequence.
 */
public final class IncrementalDecoder {
    /** Bytes of a character that may be missing its last one: UTF-8 has up to four. */
    private static final int UNFINISHED_BYTES_MAX = 3;

    private final Vocabulary vocabulary;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);

    private final byte[] unfinished = new byte[UNFINISHED_BYTES_MAX];
    private int unfinishedLength;
    private boolean atStart = true;

    public IncrementalDecoder(Tokenizer tokenizer) {
        this.vocabulary = tokenizer.vocabulary();
    }

    /** The text that {@code tokenId} completes; often empty in the middle of a character. */
    public String add(int tokenId) {
        return decoded(vocabulary.bytes(tokenId), false);
    }

    /** What is still held back, as U+FFFD: the sequence has ended and nothing can complete it. A new text may begin. */
    public String flush() {
        var rest = decoded(new byte[0], true);
        decoder.reset();
        atStart = true;
        return rest;
    }

    private String decoded(byte[] more, boolean ends) {
        var bytes = ByteBuffer.allocate(unfinishedLength + more.length);
        bytes.put(unfinished, 0, unfinishedLength).put(more).flip();
        var text = CharBuffer.allocate(bytes.remaining() + 1);
        decoder.decode(bytes, text, ends);
        if (ends) {
            decoder.flush(text);
        }
        unfinishedLength = bytes.remaining();
        bytes.get(unfinished, 0, unfinishedLength);
        text.flip();
        if (atStart && text.hasRemaining()) {
            atStart = false;
            if (vocabulary.startsWithSpace() && text.charAt(0) == ' ') {
                text.get();
            }
        }
        return text.toString();
    }
}
