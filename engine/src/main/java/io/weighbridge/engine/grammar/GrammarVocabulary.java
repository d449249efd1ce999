package io.weighbridge.engine.grammar;

import io.weighbridge.engine.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * A vocabulary as grammars see it: all tokens in one prefix tree over bytes, laid out in the order of a walk through it, and
 * the tokens that end a completion. One for each loaded model. The tree is immutable; masks of regular leaves gather here, so
 * that grammars share them. Thread-safe.
 */
public final class GrammarVocabulary {
    private final int size;
    private final int[] endTokenIds;

    /** Masks are shared between places in grammars that allow the same tokens of up to so many bytes, or more. */
    private static final int SHARED_DEPTH_MIN = 16;

    private static final int SHARED_DEPTH_MAX = 32;

    /** So that what leads to longer tokens is a small part of the tree. */
    private static final int LONG_SHARE = 32;

    // One entry for each node of the tree, in preorder; the root has none.
    private final byte[] labels;
    private final int[] depths; // 1 for the first byte of a token
    private final int[] ends; // the index after the last node of this node's subtree
    private final int[] tokenStarts; // into tokenIds, the tokens that end at the node; one more than nodes
    private final int[] tokenIds;
    private final int depthMax;

    // The part of the tree that leads to tokens longer than sharedDepth, in the same order.
    private final int sharedDepth;
    private final int[] longNodes;
    private final int[] longEnds;

    private final Map<ByteDfa, LeafTable> tables = new WeakHashMap<>();
    private final SharedMasks shared = new SharedMasks(this);

    private GrammarVocabulary(Vocabulary tokens, int[] endTokenIds) {
        this.size = tokens.size();
        this.endTokenIds = endTokenIds;
        var bytes = new byte[size][];
        long total = 0;
        int count = 0;
        var order = new Integer[size];
        for (int id = 0; id < size; id++) {
            var text = tokens.bytes(id);
            if (text.length > 0 && !tokens.isControl(id) && Arrays.binarySearch(endTokenIds, id) < 0) {
                bytes[id] = text;
                order[count++] = id;
                total += text.length;
            }
        }
        Arrays.sort(order, 0, count, (a, b) -> {
            int difference = Arrays.compareUnsigned(bytes[a], bytes[b]);
            return difference != 0 ? difference : Integer.compare(a, b);
        });
        int room = Math.toIntExact(total);
        var labelled = new byte[room];
        var depth = new int[room];
        var starts = new int[room + 1];
        tokenIds = new int[count];
        int nodes = 0;
        int deepest = 0;
        byte[] before = new byte[0];
        for (int i = 0; i < count; i++) {
            var text = bytes[order[i]];
            int common = Arrays.mismatch(before, text);
            for (int d = common < 0 ? text.length : common; d < text.length; d++) {
                labelled[nodes] = text[d];
                depth[nodes] = d + 1;
                starts[nodes++] = i;
            }
            tokenIds[i] = order[i];
            deepest = Math.max(deepest, text.length);
            before = text;
        }
        starts[nodes] = count;
        labels = Arrays.copyOf(labelled, nodes);
        depths = Arrays.copyOf(depth, nodes);
        tokenStarts = Arrays.copyOf(starts, nodes + 1);
        depthMax = deepest;
        ends = ends(nodes);
        int depthShared = SHARED_DEPTH_MIN;
        var toLong = toLongTokens(depthShared);
        while (toLong.length > nodes / LONG_SHARE && depthShared < SHARED_DEPTH_MAX) {
            depthShared += 4;
            toLong = toLongTokens(depthShared);
        }
        sharedDepth = depthShared;
        longNodes = toLong;
        longEnds = new int[toLong.length];
        for (int i = 0; i < toLong.length; i++) {
            int after = Arrays.binarySearch(toLong, ends[toLong[i]]);
            longEnds[i] = after < 0 ? -after - 1 : after;
        }
    }

    /** The nodes that lead to tokens longer than so many bytes. */
    private int[] toLongTokens(int bytes) {
        var leading = new BitSet(labels.length);
        var path = new int[depthMax + 1];
        for (int node = 0; node < labels.length; node++) {
            int depth = depths[node];
            path[depth] = node;
            if (depth > bytes && tokenStarts[node] < tokenStarts[node + 1]) {
                for (int i = depth; i > 0 && !leading.get(path[i]); i--) {
                    leading.set(path[i]);
                }
            }
        }
        return leading.stream().toArray();
    }

    /**
     * The vocabulary of {@code tokens}; {@code endTokenIds} are allowed where a text may end, and nowhere else. Control tokens are
     * never allowed otherwise. Ids beyond the vocabulary, for which a model may have logits, are in no mask.
     */
    public static GrammarVocabulary of(Vocabulary tokens, Collection<Integer> endTokenIds) {
        return new GrammarVocabulary(
                tokens,
                endTokenIds.stream()
                        .mapToInt(Integer::intValue)
                        .sorted()
                        .distinct()
                        .toArray());
    }

    private int[] ends(int nodes) {
        var found = new int[nodes];
        var open = new int[depthMax + 2];
        int depth = 0;
        for (int node = 0; node <= nodes; node++) {
            int to = node == nodes ? 0 : depths[node] - 1;
            while (depth > to) {
                found[open[depth--]] = node;
            }
            if (node < nodes) {
                depth = depths[node];
                open[depth] = node;
            }
        }
        return found;
    }

    int size() {
        return size;
    }

    /** How many longs a mask has. */
    public int maskLength() {
        return (size + 63) >>> 6;
    }

    int[] endTokenIds() {
        return endTokenIds;
    }

    int nodes() {
        return labels.length;
    }

    int depthMax() {
        return depthMax;
    }

    byte label(int node) {
        return labels[node];
    }

    int depth(int node) {
        return depths[node];
    }

    int end(int node) {
        return ends[node];
    }

    int tokensFrom(int node) {
        return tokenStarts[node];
    }

    int tokensTo(int node) {
        return tokenStarts[node + 1];
    }

    int token(int index) {
        return tokenIds[index];
    }

    /** Tokens of up to so many bytes are in the masks that are shared. */
    int sharedDepth() {
        return sharedDepth;
    }

    /** How many nodes lead to tokens longer than that. */
    int longNodes() {
        return longNodes.length;
    }

    int longNode(int index) {
        return longNodes[index];
    }

    /** The index after the last of them in the subtree of one. */
    int longEnd(int index) {
        return longEnds[index];
    }

    SharedMasks shared() {
        return shared;
    }

    /** The bytes of each token, read back from the tree. */
    byte[][] allBytes() {
        var all = new byte[size][];
        var path = new byte[depthMax];
        for (int node = 0; node < labels.length; node++) {
            path[depths[node] - 1] = labels[node];
            for (int i = tokenStarts[node]; i < tokenStarts[node + 1]; i++) {
                all[tokenIds[i]] = Arrays.copyOf(path, depths[node]);
            }
        }
        return all;
    }

    /** The masks of one leaf over this vocabulary, made when first asked for. */
    LeafTable table(ByteDfa dfa) {
        synchronized (tables) {
            return tables.computeIfAbsent(dfa, leaf -> LeafTable.of(leaf, this));
        }
    }
}
