package io.weighbridge.engine.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A grammar over a vocabulary, ready to run: a pushdown automaton that is opened, made deterministic and remembered as far as
 * texts have gone. Made on any thread; from the first {@link #start} on one thread owns it and all its states. Many sequences
 * may run over it at once.
 */
public final class CompiledGrammar {
    /** Deepest nesting of frames, one for each level of JSON. What would nest deeper is not allowed. */
    static final int DEPTH_MAX = 256;

    /** Most frames that are remembered. Beyond it everything remembered is dropped and found again. */
    static final int FRAMES_MAX = 20_000;

    /** Most bytes of masks that are remembered; the same happens. */
    static final long MASK_MEMORY_MAX = 32L << 20;

    /** Work to open a node, next to looking at a node of the tree. */
    private static final int OPENING_WORK = 8;

    /** With more ways than this behind a leaf, they are followed all together. */
    private static final int WAYS_MAX = 8;

    private final GrammarVocabulary vocabulary;
    private final SymbolTable symbols;
    private final Frame start;
    private final byte[][] tokenBytes;
    private final Map<Frame, Frame> frames = new HashMap<>();
    private final Map<Union, Frame> unions = new HashMap<>();
    private final Frame[] path;
    private final int[] leafPath;
    private int generation;
    private long maskMemory;
    private final Work work = new Work();

    /** Two frames put together, as a key. */
    private record Union(Frame a, Frame b) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Union(var c, var d) && a == c && b == d;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(a) + System.identityHashCode(b);
        }
    }

    CompiledGrammar(Node root, GrammarVocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.symbols = new SymbolTable(vocabulary);
        this.tokenBytes = vocabulary.allBytes();
        this.path = new Frame[vocabulary.depthMax() + 1];
        this.leafPath = new int[vocabulary.depthMax() + 1];
        var symbol = symbols.add(root);
        if (!symbol.productive) {
            throw GrammarException.unsatisfiable(
                    "no text satisfies the grammar; some of its demands contradict each other");
        }
        if (symbol.depth > DEPTH_MAX) {
            throw GrammarException.limit(
                    "every text of the grammar nests deeper than %d; make it shallower".formatted(DEPTH_MAX));
        }
        this.start = opened(single(symbol, Frame.END));
    }

    /** A state at the beginning of a text. */
    public GrammarState start() {
        return new GrammarState(this, start);
    }

    /** How many longs a mask has: one bit for each token id. */
    public int maskLength() {
        return vocabulary.maskLength();
    }

    int[] endTokenIds() {
        return vocabulary.endTokenIds();
    }

    byte @Nullable [] bytes(int tokenId) {
        return tokenId >= 0 && tokenId < tokenBytes.length ? tokenBytes[tokenId] : null;
    }

    /** What is done for masks and tokens, counted. */
    Work work() {
        return work;
    }

    // Frames.

    private Frame single(Symbol symbol, Frame rest) {
        return intern(new Frame(new Symbol[] {symbol}, new int[] {symbol.start}, new Frame[] {rest}, false));
    }

    private Frame intern(Frame frame) {
        if (frame.symbols.length == 0) {
            return frame.end ? Frame.END : Frame.DEAD;
        }
        var known = frames.putIfAbsent(frame, frame);
        if (known != null) {
            return known;
        }
        frame.generation = generation;
        return frame;
    }

    /** Drops what is remembered once it is too much. Frames in use stay valid and drop theirs when next touched. */
    private void limitMemory() {
        if (frames.size() > FRAMES_MAX || unions.size() > FRAMES_MAX || maskMemory > MASK_MEMORY_MAX) {
            frames.clear();
            unions.clear();
            symbols.forget();
            maskMemory = 0;
            generation++;
        }
    }

    private void refresh(Frame frame) {
        if (frame.generation != generation) {
            frame.generation = generation;
            frame.opened = null;
            frame.next = null;
            frame.mask = null;
        }
    }

    private Frame union(Frame a, Frame b) {
        if (a == b || b.isDead()) {
            return a;
        }
        if (a.isDead()) {
            return b;
        }
        var key = new Union(a, b);
        var known = unions.get(key);
        if (known != null) {
            return known;
        }
        work.spend(OPENING_WORK * (1 + a.symbols.length + b.symbols.length));
        var ways = new TreeMap<Long, Way>();
        for (int i = 0; i < a.symbols.length; i++) {
            put(ways, a.symbols[i], a.states[i], a.rests[i]);
        }
        for (int i = 0; i < b.symbols.length; i++) {
            put(ways, b.symbols[i], b.states[i], b.rests[i]);
        }
        var union = frame(ways, a.end || b.end);
        unions.put(key, union);
        return union;
    }

    private void put(TreeMap<Long, Way> ways, Symbol symbol, int state, Frame rest) {
        long key = ((long) symbol.id << 32) | state;
        var known = ways.get(key);
        if (known == null) {
            ways.put(key, new Way(symbol, state, rest));
        } else if (known.rest() != rest) {
            ways.put(key, new Way(symbol, state, union(known.rest(), rest)));
        }
    }

    private Frame frame(TreeMap<Long, Way> ways, boolean end) {
        int size = ways.size();
        var inOrder = ways.values().toArray(new Way[size]);
        var symbol = new Symbol[size];
        var state = new int[size];
        var rest = new Frame[size];
        for (int i = 0; i < size; i++) {
            symbol[i] = inOrder[i].symbol();
            state[i] = inOrder[i].state();
            rest[i] = inOrder[i].rest();
        }
        return intern(new Frame(symbol, state, rest, end));
    }

    /** Opens nodes until only leaves are on top. */
    private final class Opening {
        private final ArrayDeque<Way> todo = new ArrayDeque<>();
        private final HashSet<Way> seen = new HashSet<>();
        private final TreeMap<Long, Way> leaves = new TreeMap<>();
        private boolean end;

        private void begin(Symbol symbol, Frame rest) {
            push(symbol, symbol.start, rest);
        }

        void push(Symbol symbol, int state, Frame rest) {
            if (!symbol.productive || (symbol.kind != Symbol.Kind.LEAF && rest.depth + symbol.depth > DEPTH_MAX)) {
                return;
            }
            work.spend(OPENING_WORK);
            var way = new Way(symbol, state, rest);
            if (seen.add(way)) {
                todo.push(way);
            }
        }

        /** The symbol before {@code rest} is over. */
        void pop(Frame rest) {
            end |= rest.end;
            for (int i = 0; i < rest.symbols.length; i++) {
                push(rest.symbols[i], rest.states[i], rest.rests[i]);
            }
        }

        Frame run() {
            while (!todo.isEmpty()) {
                var way = todo.pop();
                open(way.symbol(), way.state(), way.rest());
            }
            return frame(leaves, end);
        }

        private void open(Symbol symbol, int state, Frame rest) {
            switch (symbol.kind) {
                case EMPTY -> pop(rest);
                case LEAF -> {
                    var dfa = Objects.requireNonNull(symbol.dfa);
                    if (dfa.goesOn(state)) {
                        put(leaves, symbol, state, rest);
                    }
                    if (dfa.accepting(state)) {
                        pop(rest);
                    }
                }
                case PAIR -> {
                    if (symbol.parts[1].productive) {
                        begin(symbol.parts[0], single(symbol.parts[1], rest));
                    }
                }
                case CHOICE, ALIAS -> {
                    for (var part : symbol.parts) {
                        begin(part, rest);
                    }
                }
                case REPEAT -> {
                    if (symbol.max > 0) {
                        var after = symbol.max == 1 ? rest : single(symbols.oneLess(symbol), rest);
                        begin(symbol.parts[0], after);
                    }
                    if (symbol.min == 0) {
                        pop(rest);
                    }
                }
            }
        }
    }

    private Frame opened(Frame frame) {
        refresh(frame);
        var known = frame.opened;
        if (known == null) {
            var opening = new Opening();
            opening.pop(frame);
            known = opening.run();
            known.opened = known;
            frame.opened = known;
        }
        return known;
    }

    // Steps.

    /** What follows {@code b} in an opened frame; dead if it may not follow. */
    Frame next(Frame frame, int b) {
        refresh(frame);
        var row = frame.next;
        if (row == null) {
            row = new Frame[256];
            frame.next = row;
        }
        var known = row[b & 0xFF];
        if (known != null) {
            return known;
        }
        Opening opening = null;
        for (int i = 0; i < frame.symbols.length; i++) {
            var symbol = frame.symbols[i];
            int to = Objects.requireNonNull(symbol.dfa).next(frame.states[i], b);
            if (to != ByteDfa.DEAD) {
                opening = opening == null ? new Opening() : opening;
                opening.push(symbol, to, frame.rests[i]);
            }
        }
        var next = opening == null ? Frame.DEAD : opening.run();
        next.opened = next;
        row[b & 0xFF] = next;
        return next;
    }

    /** The only byte that may follow, or -1 if there are several or the text may end. */
    int onlyByte(Frame frame) {
        if (frame.end || frame.symbols.length == 0) {
            return -1;
        }
        int only = -1;
        for (int i = 0; i < frame.symbols.length; i++) {
            int b = Objects.requireNonNull(frame.symbols[i].dfa).onlyByte(frame.states[i]);
            if (b < 0 || (only >= 0 && b != only)) {
                return -1;
            }
            only = b;
        }
        return only;
    }

    // Masks.

    /** Writes the tokens allowed in {@code frame} into {@code bits}; with few tokens left only those that lead to the end. */
    void mask(Frame frame, long[] bits, int tokensLeft) {
        work.begin();
        refresh(frame);
        var mask = frame.mask;
        if (mask == null) {
            limitMemory();
            refresh(frame);
            mask = make(frame);
            frame.mask = mask;
        }
        if (frame.cost <= tokensLeft && mask.costMax() > tokensLeft - 1 && narrow(frame, bits, tokensLeft - 1)) {
            return;
        }
        if (mask.bits() != null) {
            System.arraycopy(mask.bits(), 0, bits, 0, maskLength());
        } else {
            Arrays.fill(bits, 0, maskLength(), 0);
            for (int id : mask.ids()) {
                bits[id >>> 6] |= 1L << id;
            }
        }
        if (frame.end) {
            addEnds(bits);
        }
    }

    private void addEnds(long[] bits) {
        for (int id : endTokenIds()) {
            bits[id >>> 6] |= 1L << id;
        }
    }

    private Frame.StepMask make(Frame frame) {
        var bits = new long[maskLength()];
        int costMax = 0;
        for (int i = 0; i < frame.symbols.length; i++) {
            var leaf = leafMask(frame, i);
            leaf.addTo(bits);
            costMax = Math.max(costMax, leaf.costMax() + frame.rests[i].cost);
            if (leaf.hasExits()) {
                costMax = Math.max(costMax, addBehind(leaf, opened(frame.rests[i]), bits, Symbol.INFINITE));
            }
        }
        int count = 0;
        for (long word : bits) {
            count += Long.bitCount(word);
        }
        if (count > 2 * bits.length) {
            maskMemory += 8L * bits.length;
            return new Frame.StepMask(bits, new int[0], costMax);
        }
        var ids = new int[count];
        int size = 0;
        for (int word = 0; word < bits.length; word++) {
            for (long left = bits[word]; left != 0; left &= left - 1) {
                ids[size++] = (word << 6) + Long.numberOfTrailingZeros(left);
            }
        }
        maskMemory += 64 + 4L * count;
        return new Frame.StepMask(null, ids, costMax);
    }

    private LeafTable.Mask leafMask(Frame frame, int way) {
        work.spend(maskLength());
        var symbol = frame.symbols[way];
        return Objects.requireNonNull(symbol.table)
                .mask(Objects.requireNonNull(symbol.dfa), frame.states[way], vocabulary, work);
    }

    /**
     * Adds the tokens that leave a leaf and go on in {@code after}, leaving at most {@code costMax} tokens to go. Returns the most
     * that any of them leaves, or more. What the leaves behind allow is remembered by them, for all grammars.
     */
    private int addBehind(LeafTable.Mask leaf, Frame after, long[] bits, int costMax) {
        int worst = 0;
        var exits = leaf.inside().exits();
        if (after.symbols.length > WAYS_MAX) {
            worst = walkAll(after, exits, bits, costMax);
        } else if (exits.length > 0) {
            for (int i = 0; i < after.symbols.length; i++) {
                worst = Math.max(worst, addContinuation(leaf.inside(), after, i, bits, costMax));
            }
        }
        for (int exit : leaf.longExits()) {
            worst = Math.max(worst, walkWays(after, exit + 1, vocabulary.end(exit), bits, costMax));
        }
        return worst;
    }

    private int addContinuation(SharedMasks.Inside from, Frame after, int way, long[] bits, int costMax) {
        var symbol = after.symbols[way];
        var rest = after.rests[way];
        var behind = Objects.requireNonNull(symbol.table)
                .after(from, Objects.requireNonNull(symbol.dfa), after.states[way], vocabulary, work);
        int worst = Math.min(behind.costMax() + rest.cost, Symbol.INFINITE);
        work.spend(maskLength());
        if (worst > costMax) {
            worst = 0;
            for (int exit : from.exits()) {
                worst = Math.max(worst, walkLeaf(after, way, exit + 1, vocabulary.end(exit), bits, costMax));
            }
            return worst;
        }
        behind.tokens().addTo(bits);
        return behind.exits().length == 0
                ? worst
                : Math.max(worst, walkAll(opened(rest), behind.exits(), bits, costMax));
    }

    private int walkAll(Frame from, int[] exits, long[] bits, int costMax) {
        int worst = 0;
        for (int exit : exits) {
            worst = Math.max(worst, walk(from, exit + 1, vocabulary.end(exit), bits, costMax));
        }
        return worst;
    }

    /**
     * What {@link #walk} does, way by way through the leaves alone: no frames are made, which pays where many tokens go on in the
     * next leaf. Only once, and only for few ways: an ambiguous grammar would go the same way again and again.
     */
    private int walkWays(Frame from, int firstNode, int endNode, long[] bits, int costMax) {
        if (firstNode >= endNode) {
            return 0;
        }
        if (from.symbols.length > WAYS_MAX) {
            return walk(from, firstNode, endNode, bits, costMax);
        }
        int worst = 0;
        for (int i = 0; i < from.symbols.length; i++) {
            worst = Math.max(worst, walkLeaf(from, i, firstNode, endNode, bits, costMax));
        }
        return worst;
    }

    private int walkLeaf(Frame from, int way, int firstNode, int endNode, long[] bits, int costMax) {
        var symbol = from.symbols[way];
        var dfa = Objects.requireNonNull(symbol.dfa);
        var rest = from.rests[way];
        leafPath[vocabulary.depth(firstNode) - 1] = from.states[way];
        int worst = 0;
        int node = firstNode;
        while (node < endNode) {
            int depth = vocabulary.depth(node);
            work.spend(1);
            int next = dfa.next(leafPath[depth - 1], vocabulary.label(node));
            if (next == ByteDfa.DEAD) {
                node = vocabulary.end(node);
                continue;
            }
            leafPath[depth] = next;
            int cost = Math.min(symbol.costAt(next) + rest.cost, Symbol.INFINITE);
            if (cost <= costMax) {
                worst = addTokens(node, bits) ? Math.max(worst, cost) : worst;
            }
            if (dfa.accepting(next)) {
                worst = Math.max(worst, walk(opened(rest), node + 1, vocabulary.end(node), bits, costMax));
            }
            node++;
        }
        return worst;
    }

    private boolean addTokens(int node, long[] bits) {
        int from = vocabulary.tokensFrom(node);
        int to = vocabulary.tokensTo(node);
        for (int i = from; i < to; i++) {
            int id = vocabulary.token(i);
            bits[id >>> 6] |= 1L << id;
        }
        return from < to;
    }

    /**
     * Adds the tokens that end between two nodes of the tree and can follow in {@code from}, leaving at most {@code costMax}
     * tokens to go. Returns the most that any of them leaves.
     */
    private int walk(Frame from, int firstNode, int endNode, long[] bits, int costMax) {
        if (firstNode >= endNode) {
            return 0;
        }
        int base = vocabulary.depth(firstNode) - 1;
        path[base] = from;
        int worst = 0;
        int node = firstNode;
        while (node < endNode) {
            int depth = vocabulary.depth(node);
            work.spend(1);
            var next = next(path[depth - 1], vocabulary.label(node));
            if (next.isDead()) {
                node = vocabulary.end(node);
                continue;
            }
            path[depth] = next;
            if (next.cost <= costMax && addTokens(node, bits)) {
                worst = Math.max(worst, next.cost);
            }
            node++;
        }
        return worst;
    }

    /** The mask of tokens that leave at most {@code left} tokens to go; false if there are none. */
    private boolean narrow(Frame frame, long[] bits, int left) {
        Arrays.fill(bits, 0, maskLength(), 0);
        for (int i = 0; i < frame.symbols.length; i++) {
            var leaf = leafMask(frame, i);
            int restCost = frame.rests[i].cost;
            if (leaf.costMax() + restCost <= left) {
                leaf.addTo(bits);
            } else {
                narrowLeaf(frame.symbols[i], frame.states[i], bits, left - restCost);
            }
            if (leaf.hasExits()) {
                addBehind(leaf, opened(frame.rests[i]), bits, left);
            }
        }
        if (frame.end) {
            addEnds(bits);
            return true;
        }
        for (int i = 0; i < maskLength(); i++) {
            if (bits[i] != 0) {
                return true;
            }
        }
        return false;
    }

    private void narrowLeaf(Symbol symbol, int state, long[] bits, int left) {
        if (left < 0) {
            return;
        }
        var dfa = Objects.requireNonNull(symbol.dfa);
        var states = leafPath;
        states[0] = state;
        int node = 0;
        while (node < vocabulary.nodes()) {
            int depth = vocabulary.depth(node);
            work.spend(1);
            int next = dfa.next(states[depth - 1], vocabulary.label(node));
            if (next == ByteDfa.DEAD) {
                node = vocabulary.end(node);
                continue;
            }
            states[depth] = next;
            if (symbol.costAt(next) <= left) {
                addTokens(node, bits);
            }
            node++;
        }
    }

    /** For tests: the frames that are remembered. */
    List<Frame> remembered() {
        return new ArrayList<>(frames.values());
    }
}
