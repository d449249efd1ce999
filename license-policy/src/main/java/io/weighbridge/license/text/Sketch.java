package io.weighbridge.license.text;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;

/**
 * A sample of a text's runs of words, by which two texts can be compared when only one of them is at hand: the smallest
 * hashes of all runs of {@link #RUN_WORDS} words (a bottom-k sketch). The text cannot be put together from it.
 */
final class Sketch {
    /** Words in a run. Longer runs see reordering better, shorter ones are disturbed less by one changed word. */
    static final int RUN_WORDS = 4;

    /** Hashes kept; the error of {@link #similarity} is about one in the square root of it. */
    static final int HASHES_MAX = 256;

    /** Bytes of a hash in the stored form. */
    static final int HASH_BYTES = 6;

    private final long[] hashes;

    private Sketch(long[] hashes) {
        this.hashes = hashes;
    }

    static Sketch of(List<String> words) {
        var smallest = new TreeSet<Long>();
        for (int from = 0; from + RUN_WORDS <= words.size(); from++) {
            long hash = hash(words.subList(from, from + RUN_WORDS));
            if (smallest.size() < HASHES_MAX) {
                smallest.add(hash);
            } else if (hash < smallest.last() && smallest.add(hash)) {
                smallest.pollLast();
            }
        }
        return new Sketch(smallest.stream().mapToLong(Long::longValue).toArray());
    }

    /** Reads the form that {@link #encoded} writes. */
    static Sketch decode(String text) {
        var bytes = Base64.getDecoder().decode(text);
        if (bytes.length % HASH_BYTES != 0 || bytes.length > HASHES_MAX * HASH_BYTES) {
            throw new IllegalArgumentException("a sketch has at most %d hashes of %d bytes, not %d bytes"
                    .formatted(HASHES_MAX, HASH_BYTES, bytes.length));
        }
        var hashes = new long[bytes.length / HASH_BYTES];
        for (int index = 0; index < hashes.length; index++) {
            for (int part = 0; part < HASH_BYTES; part++) {
                hashes[index] = hashes[index] << 8 | bytes[index * HASH_BYTES + part] & 0xFF;
            }
        }
        for (int index = 1; index < hashes.length; index++) {
            if (hashes[index - 1] >= hashes[index]) {
                throw new IllegalArgumentException("the hashes of a sketch are in rising order");
            }
        }
        return new Sketch(hashes);
    }

    String encoded() {
        var bytes = ByteBuffer.allocate(hashes.length * HASH_BYTES);
        for (long hash : hashes) {
            for (int part = HASH_BYTES - 1; part >= 0; part--) {
                bytes.put((byte) (hash >>> part * 8));
            }
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /** Estimated share of runs that both texts have among the runs that either has, 0 to 1. */
    double similarity(Sketch other) {
        int mine = 0;
        int theirs = 0;
        int both = 0;
        int seen = 0;
        while (seen < HASHES_MAX && (mine < hashes.length || theirs < other.hashes.length)) {
            long left = mine < hashes.length ? hashes[mine] : Long.MAX_VALUE;
            long right = theirs < other.hashes.length ? other.hashes[theirs] : Long.MAX_VALUE;
            both += left == right ? 1 : 0;
            mine += left <= right ? 1 : 0;
            theirs += right <= left ? 1 : 0;
            seen++;
        }
        return seen == 0 ? 0 : (double) both / seen;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Sketch sketch && Arrays.equals(hashes, sketch.hashes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hashes);
    }

    /** FNV-1a over the characters with a final mix; 48 bits, so that the smallest ones are a fair sample. */
    private static long hash(List<String> run) {
        long hash = 0xcbf29ce484222325L;
        for (var word : run) {
            for (int index = 0; index < word.length(); index++) {
                hash = (hash ^ word.charAt(index)) * 0x100000001b3L;
            }
            hash = (hash ^ ' ') * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
        return (hash ^ hash >>> 33) >>> 16;
    }
}
