package io.weighbridge.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weighbridge.engine.tokenizer.GgufTokenizer.Kind;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;

/**
 * SentencePiece's BPE: of all neighbors that make a piece together, those with the best score merge first, and of equal scores the
 * leftmost. A list of merges cannot say the latter, which is why this is not written as a tokenizer.json; it also loads in a fraction of
 * the time. Where a text begins, and after each special or user-defined token, a space is put before it if the checkpoint says so.
 * Immutable and thread-safe.
 */
final class SentencePieceTokenizer implements Tokenizer {
    private static final int NONE = -1;

    private final Map<String, Integer> pieces = new HashMap<>();
    private final float[] scores;
    private final Map<String, Integer> whole =
            new HashMap<>(); // tokens that are taken out of a text before anything else
    private final BitSet wholeBeginnings = new BitSet();
    private final int[] wholeLengths; // longest first
    private final BitSet takesSpaceAfter = new BitSet();
    private final int[] bytes = new int[256];
    private final int unknown;
    private final boolean spaceFirst;
    private final int[] begin;
    private final int[] end;
    private final Vocabulary vocabulary;
    private final Set<String> specialTokens;

    SentencePieceTokenizer(GgufTokenizer source, Vocabulary vocabulary, Set<String> specialTokens) {
        this.vocabulary = vocabulary;
        this.specialTokens = Set.copyOf(specialTokens);
        var scoreList = source.scores();
        scores = new float[scoreList.size()];
        Arrays.fill(bytes, NONE);
        var lengths = new TreeSet<Integer>((a, b) -> Integer.compare(b, a));
        for (int id = 0; id < scores.length; id++) {
            scores[id] = scoreList.get(id).floatValue();
            var token = source.tokens.get(id);
            switch (source.kinds.get(id)) {
                case NORMAL, UNUSED -> pieces.put(token, id);
                case BYTE -> bytes[TokenText.byteOf(token)[0] & 0xFF] = id;
                case CONTROL, UNKNOWN, USER_DEFINED -> {
                    if (source.kinds.get(id) == Kind.USER_DEFINED) {
                        pieces.put(token, id);
                    }
                    if (!token.isEmpty()) {
                        whole.put(token, id);
                        lengths.add(token.length());
                        wholeBeginnings.set(token.charAt(0));
                    }
                    takesSpaceAfter.set(id, source.takesSpaceAfter(id));
                }
            }
        }
        wholeLengths = lengths.stream().mapToInt(Integer::intValue).toArray();
        unknown = source.tokenId("unknown_token_id").orElseGet(() -> source.kinds.indexOf(Kind.UNKNOWN));
        spaceFirst = source.flag("add_space_prefix", true);
        begin = added(source, "add_bos_token", true, "bos_token_id");
        end = added(source, "add_eos_token", false, "eos_token_id");
    }

    private static int[] added(GgufTokenizer source, String flag, boolean byDefault, String key) {
        return source.flag(flag, byDefault)
                ? source.tokenId(key).stream().mapToInt(Integer::intValue).toArray()
                : new int[0];
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        return encode(text, addSpecialTokens, spaceFirst);
    }

    @Override
    public int[] encodeMore(String text) {
        return encode(text, false, false);
    }

    private int[] encode(String text, boolean addSpecialTokens, boolean spaceBefore) {
        var ids = new Ids();
        if (addSpecialTokens) {
            ids.addAll(begin);
        }
        boolean space = spaceBefore;
        int from = 0;
        int at = 0;
        while (at < text.length()) {
            int length = wholeAt(text, at);
            if (length == 0) {
                at++;
                continue;
            }
            merge(text.substring(from, at), space, ids);
            int id = Objects.requireNonNull(whole.get(text.substring(at, at + length)));
            ids.add(id);
            at += length;
            while (takesSpaceAfter.get(id) && at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            from = at;
            space = spaceFirst;
        }
        merge(text.substring(from), space, ids);
        if (addSpecialTokens) {
            ids.addAll(end);
        }
        return ids.toArray();
    }

    /** The length of the longest token that stands whole at a place; 0 if there is none. */
    private int wholeAt(String text, int at) {
        if (wholeBeginnings.get(text.charAt(at))) {
            for (int length : wholeLengths) {
                if (at + length <= text.length() && whole.containsKey(text.substring(at, at + length))) {
                    return length;
                }
            }
        }
        return 0;
    }

    /** Two neighbors that make a piece; stale once either has merged otherwise. */
    private record Pair(int left, int right, int length, float score) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            int byScore = Float.compare(other.score, score);
            return byScore != 0 ? byScore : Integer.compare(left, other.left);
        }
    }

    private void merge(String part, boolean spaceBefore, Ids ids) {
        if (part.isEmpty()) {
            return;
        }
        var text = ((spaceBefore ? " " : "") + part).replace(" ", TokenText.SPACE_MARK);
        new Merging(text).run(ids);
    }

    /** The symbols of one text, which merge until nothing more does. A symbol is known by where it begins. */
    private final class Merging {
        private final String text;
        private final int[] lengths;
        private final int[] before;
        private final PriorityQueue<Pair> pairs = new PriorityQueue<>();

        Merging(String text) {
            this.text = text;
            lengths = new int[text.length()];
            before = new int[text.length()];
        }

        void run(Ids ids) {
            int last = NONE;
            for (int at = 0; at < text.length(); at += lengths[at]) {
                lengths[at] = Character.charCount(text.codePointAt(at));
                before[at] = last;
                propose(last, at);
                last = at;
            }
            while (!pairs.isEmpty()) {
                var pair = pairs.remove();
                int left = pair.left;
                int right = pair.right;
                if (lengths[left] == 0 || lengths[right] == 0 || lengths[left] + lengths[right] != pair.length) {
                    continue; // one of them has merged with another meanwhile
                }
                lengths[left] = pair.length;
                lengths[right] = 0;
                int next = left + pair.length;
                if (next < text.length()) {
                    before[next] = left;
                    propose(left, next);
                }
                propose(before[left], left);
            }
            boolean unknownBefore = false;
            for (int at = 0; at < text.length(); at += lengths[at]) {
                unknownBefore = write(text.substring(at, at + lengths[at]), ids, unknownBefore);
            }
        }

        private void propose(int left, int right) {
            if (left == NONE) {
                return;
            }
            int length = lengths[left] + lengths[right];
            var id = pieces.get(text.substring(left, left + length));
            if (id != null) {
                pairs.add(new Pair(left, right, length, scores[id]));
            }
        }
    }

    /** A symbol's token, or those of its bytes. Unknown ones side by side are one; the answer is whether this was one. */
    private boolean write(String symbol, Ids ids, boolean unknownBefore) {
        var id = pieces.get(symbol);
        if (id != null) {
            ids.add(id);
            return false;
        }
        var utf8 = symbol.getBytes(UTF_8);
        boolean spelled = true;
        for (byte b : utf8) {
            spelled &= bytes[b & 0xFF] != NONE;
        }
        if (spelled) {
            for (byte b : utf8) {
                ids.add(bytes[b & 0xFF]);
            }
            return false;
        }
        if (!unknownBefore && unknown != NONE) {
            ids.add(unknown);
        }
        return true;
    }

    @Override
    public Set<String> specialTokens() {
        return specialTokens;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void close() {}

    /** A growing list. */
    private static final class Ids {
        private int[] values = new int[16];
        private int size;

        void add(int id) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = id;
        }

        void addAll(int[] more) {
            for (int id : more) {
                add(id);
            }
        }

        int[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
