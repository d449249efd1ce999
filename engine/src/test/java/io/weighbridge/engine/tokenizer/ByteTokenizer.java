package io.weighbridge.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A byte-level tokenizer without a vocabulary file: ids 0 to 255 are bytes, ids 256 to 511 are a letter and a byte together,
 * and from 512 on come the special tokens. Special tokens are found wherever their text stands, as real tokenizers do.
 */
public final class ByteTokenizer implements Tokenizer {
    public static final int FIRST_SPECIAL = 512;

    private final List<String> special;
    private final boolean surrounds;
    private final Vocabulary vocabulary;

    /** @param surrounds whether the first two special tokens go around each text */
    public ByteTokenizer(List<String> special, boolean surrounds) {
        this.special = List.copyOf(special);
        this.surrounds = surrounds;
        this.vocabulary = Vocabulary.of(FIRST_SPECIAL + special.size(), false, ByteTokenizer::bytes);
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        var ids = new ArrayList<Integer>();
        if (surrounds && addSpecialTokens) {
            ids.add(FIRST_SPECIAL);
        }
        int at = 0;
        while (at < text.length()) {
            int found = specialAt(text, at);
            if (found >= 0) {
                ids.add(FIRST_SPECIAL + found);
                at += special.get(found).length();
                continue;
            }
            int end = text.offsetByCodePoints(at, 1);
            for (byte b : text.substring(at, end).getBytes(StandardCharsets.UTF_8)) {
                ids.add(b & 0xFF);
            }
            at = end;
        }
        if (surrounds && addSpecialTokens) {
            ids.add(FIRST_SPECIAL + 1);
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private int specialAt(String text, int at) {
        for (int i = 0; i < special.size(); i++) {
            if (text.startsWith(special.get(i), at)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public Set<String> specialTokens() {
        return Set.copyOf(special);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    private static byte @Nullable [] bytes(int id) {
        if (id >= FIRST_SPECIAL) {
            return null;
        }
        return id < 256 ? new byte[] {(byte) id} : new byte[] {(byte) ('a' + id % 26), (byte) id};
    }

    @Override
    public void close() {}
}
