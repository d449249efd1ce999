package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenPicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A prompt and the tokens generated after it. The engine's thread owns it; only {@link #cancel} may be called from any
 * thread.
 */
public final class Sequence {
    /** Who comes first: the earlier arrival, a higher priority counting as an arrival so much earlier. */
    static final Comparator<Sequence> BY_RANK = Comparator.<Sequence>comparingLong(sequence -> sequence.rankNanos)
            .thenComparingLong(sequence -> sequence.number);

    private final int promptLength;
    private final int maxTokens;
    private TokenPicker picker;
    private final Set<Integer> endTokenIds;
    private final Standing standing;
    private volatile boolean cancelled;

    private int[] tokenIds;
    private int length;
    private State state = State.WAITING;
    /** Tokens of the beginning whose keys and values are in the KV memory. */
    private int computed;
    /** Most tokens that were ever computed: what is computed again is not charged again. */
    private int computedMax;
    /** Block table; empty while waiting. */
    private int[] blocks = new int[0];

    private int blockCount;
    /** Blocks of the beginning whose content the prefix cache knows, and the last one's prefix. */
    private int blocksKnown;

    private long prefix = KvBlocks.NO_PREFIX;
    private int cachedTokens;
    private boolean hasRun;
    /** Others with the same prompt that begin when it is computed. */
    private final List<Sequence> followers = new ArrayList<>();

    private double logprobSum;
    /** Share of the guesses about it that came true of late. */
    private double acceptance = Speculation.ACCEPTANCE_FIRST;
    /** The beam search that it is a member of. */
    private @Nullable BeamSearch beams;
    /** As it was at the end of the prompt, where a beam search begins again. */
    private @Nullable TokenPicker pickerOfPrompt;
    /** Of the prompt's tokens but the first, where they are wanted. */
    private final List<Logprobs> promptLogprobs = new ArrayList<>();
    /** {@link #maxTokens}, or less where the context ends before. */
    private int generatedMax;

    private long arrivedAt;
    private long rankNanos;
    private long number;
    private @Nullable Tenant tenant;
    private String label = "";
    private boolean apart;

    /** Where a sequence stands. */
    public enum State {
        WAITING,
        RUNNING,
        FINISHED
    }

    /**
     * A sequence that waits.
     *
     * @param promptIds at least one
     * @param maxTokens most tokens to generate, at least 1; clipped to what fits the context
     * @param endTokenIds tokens that end the completion and are not part of it
     */
    public Sequence(int[] promptIds, Selection selection, int maxTokens, Set<Integer> endTokenIds, Standing standing) {
        this(
                promptIds,
                new TokenPicker(selection, promptIds, Set.copyOf(endTokenIds)),
                maxTokens,
                endTokenIds,
                standing);
    }

    private Sequence(int[] promptIds, TokenPicker picker, int maxTokens, Set<Integer> endTokenIds, Standing standing) {
        if (promptIds.length == 0) {
            throw new IllegalArgumentException("a prompt needs at least one token");
        }
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be at least 1, is " + maxTokens);
        }
        this.promptLength = promptIds.length;
        this.tokenIds = promptIds.clone();
        this.length = promptIds.length;
        this.picker = picker;
        this.maxTokens = maxTokens;
        this.generatedMax = maxTokens;
        this.endTokenIds = Set.copyOf(endTokenIds);
        this.standing = standing;
    }

    /** One that is sampled and nothing else. */
    public Sequence(
            int[] promptIds, SamplingParams sampling, int maxTokens, Set<Integer> endTokenIds, Standing standing) {
        this(promptIds, Selection.of(sampling), maxTokens, endTokenIds, standing);
    }

    /** A sequence of nobody in particular. */
    public Sequence(int[] promptIds, SamplingParams sampling, int maxTokens, Set<Integer> endTokenIds) {
        this(promptIds, sampling, maxTokens, endTokenIds, Standing.DEFAULT);
    }

    /**
     * Names the request that it and its followers belong to; before it is added. With {@code keptApart} no other request's sequence is ever computed in the same
     * step, so that a step which breaks the process tells whose fault it was.
     */
    public void label(String itsLabel, boolean keptApart) {
        label = itsLabel;
        apart = keptApart;
        followers.forEach(follower -> follower.label(itsLabel, keptApart));
        if (beams != null && !isInner()) {
            beams.members().stream().skip(1).forEach(member -> member.label(itsLabel, keptApart));
        }
    }

    /** The request it belongs to; empty when nobody said. */
    public String label() {
        return label;
    }

    /** Whether it is only ever computed with sequences of its own label. */
    public boolean isApart() {
        return apart;
    }

    /** Ends the sequence at the next step. Any thread; again is harmless. */
    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    public State state() {
        return state;
    }

    public Standing standing() {
        return standing;
    }

    public int[] promptIds() {
        return Arrays.copyOf(tokenIds, promptLength);
    }

    public int promptLength() {
        return promptLength;
    }

    public int maxTokens() {
        return maxTokens;
    }

    public SamplingParams sampling() {
        return picker.selection().sampling();
    }

    TokenPicker picker() {
        return picker;
    }

    /** Whether logits after the prompt's tokens are wanted that were not given yet. */
    public boolean wantsPromptLogprobs() {
        return picker.selection().promptLogprobs() && promptLogprobs.size() < promptLength - 1;
    }

    /** Takes the logits after the token at {@code position} of the prompt; they may come twice, after a preemption. */
    void promptLogits(int position, float[] logits) {
        if (position == promptLogprobs.size()) {
            promptLogprobs.add(picker.promptLogprobs(logits, tokenIds[position + 1]));
        }
    }

    /** Whether the prompt's tokens are told with their log probabilities. */
    public boolean tellsPrompt() {
        return picker.selection().promptLogprobs();
    }

    List<Logprobs> promptLogprobs() {
        return promptLogprobs;
    }

    /** The tokens generated so far, end tokens excluded. */
    public int[] generatedIds() {
        return Arrays.copyOfRange(tokenIds, promptLength, length);
    }

    public int generatedCount() {
        return length - promptLength;
    }

    /** Tokens of the prompt that did not have to be computed when the sequence first ran. */
    public int cachedTokens() {
        return cachedTokens;
    }

    /**
     * Another completion of the same prompt, which is computed once: it begins when that is done, and ends with this one if that
     * never comes. Only before this one is added, which adds the other too.
     */
    public Sequence another(SamplingParams otherSampling) {
        var other = new Sequence(promptIds(), picker.fork(otherSampling), maxTokens, endTokenIds, standing);
        other.label(label, apart);
        followers.add(other);
        return other;
    }

    List<Sequence> followers() {
        return followers;
    }

    /**
     * Gives out what a search with beams finds, the best here and the next best in those that follow; nothing before all are whole.
     * Before it is added and after those that follow were made.
     */
    public void searchBeams(BeamParams params) {
        if (followers.size() >= params.width()) {
            throw new IllegalArgumentException(
                    "%d completions need more than %d beams".formatted(1 + followers.size(), params.width()));
        }
        pickerOfPrompt = picker.fork();
        var search = new BeamSearch(params, this);
        beams = search;
        for (int i = 1; i < params.width(); i++) {
            var member = new Sequence(promptIds(), picker, maxTokens, endTokenIds, standing);
            member.label(label, apart);
            member.beams = search;
            search.members().add(member);
        }
    }

    @Nullable
    BeamSearch beams() {
        return beams;
    }

    /** Whether it is a beam that nobody outside knows of. */
    boolean isInner() {
        return beams != null && beams.leader() != this;
    }

    /** Places that it takes while it runs: the first of several beams keeps those of the others until they begin. */
    int places() {
        return beams != null && !isInner() && generatedCount() == 0
                ? beams.params().width()
                : 1;
    }

    /** Where a sequence stands: its tokens, and blocks with all of them. */
    record Position(int[] tokenIds, int length, int[] blocks, int computed, int blocksKnown, long prefix) {
        void hold(KvBlocks kv) {
            for (int block : blocks) {
                kv.share(block);
            }
        }
    }

    Position position() {
        return new Position(tokenIds.clone(), length, blocksFor(computed), computed, blocksKnown, prefix);
    }

    /** Goes on from there with {@code tokenId}. */
    void goOn(Position from, TokenPicker fromPicker, int tokenId) {
        tokenIds = from.tokenIds().clone();
        length = from.length();
        run(from.blocks(), from.computed());
        blocksKnown = from.blocksKnown();
        prefix = from.prefix();
        picker = fromPicker;
        picker.take(tokenId);
        append(tokenId);
    }

    /** Nothing was generated yet. */
    void restart() {
        length = promptLength;
        picker = Objects.requireNonNull(pickerOfPrompt).fork();
    }

    /** What a beam search found is what it generated. */
    void generated(List<BeamSearch.Taken> tokens) {
        length = promptLength;
        tokens.forEach(token -> append(token.tokenId()));
    }

    /** The followers, which are none any more. */
    List<Sequence> takeFollowers() {
        var taken = List.copyOf(followers);
        followers.clear();
        return taken;
    }

    /** The places that it and its followers will take. */
    int choiceCount() {
        return beams == null ? 1 + followers.size() : beams.params().width();
    }

    /** Sum of the log probabilities of all tokens picked, the end token's among them; 0 where they are not told. */
    public double logprobSum() {
        return logprobSum;
    }

    void picked(@Nullable Logprobs logprobs) {
        if (logprobs != null) {
            logprobSum += logprobs.chosen().logprob();
        }
    }

    /** Takes its place in the order; {@code now} since the scheduler's start. */
    void arrive(Tenant owner, long now, long arrivalNumber) {
        tenant = owner;
        arrivedAt = now;
        rankNanos = now - standing.priority() * Scheduler.PRIORITY_STEP.toNanos();
        number = arrivalNumber;
    }

    Tenant tenant() {
        if (tenant == null) {
            throw new IllegalStateException("the sequence was not added yet");
        }
        return tenant;
    }

    boolean isLate(long now) {
        return hasPassed(standing.timeMax(), now);
    }

    boolean hasWaitedTooLong(long now) {
        return !hasRun && hasPassed(standing.queueTimeMax(), now);
    }

    private boolean hasPassed(@Nullable Duration limit, long now) {
        return limit != null && now - arrivedAt > limit.toNanos();
    }

    int[] tokenIds() {
        return tokenIds;
    }

    int lastToken() {
        return tokenIds[length - 1];
    }

    /** Position of the next token to be generated. */
    int length() {
        return length;
    }

    int generatedMax() {
        return generatedMax;
    }

    int computed() {
        return computed;
    }

    /** Tokens known but not yet computed: the rest of the prompt, the token generated last, or all that was lost. */
    int uncomputed() {
        return length - computed;
    }

    boolean isEndToken(int tokenId) {
        return endTokenIds.contains(tokenId) && !picker.selection().ignoreEnd();
    }

    /** How many tokens may end it. */
    int endTokenCount() {
        return picker.selection().ignoreEnd() ? 0 : endTokenIds.size();
    }

    boolean isFull() {
        return generatedCount() >= generatedMax;
    }

    void clipTo(int lengthMax) {
        generatedMax = Math.min(maxTokens, lengthMax - promptLength);
    }

    /** Begins or goes on with the blocks of its beginning that are computed already. */
    void run(int[] computedBlocks, int computedTokens) {
        blocks = computedBlocks;
        blockCount = computedBlocks.length;
        computed = computedTokens;
        computedMax = Math.max(computedMax, computed);
        hasRun = true;
        state = State.RUNNING;
    }

    /** All that is computed so far is in blocks that the cache knows. */
    void known(KvBlocks.Match match) {
        blocksKnown = match.blocks().length;
        prefix = match.prefix();
    }

    /** Begins with the computed blocks of {@code leader}, whose prompt is its own. */
    void runLike(Sequence leader) {
        run(leader.blocksFor(leader.computed), leader.computed);
        blocksKnown = leader.blocksKnown;
        prefix = leader.prefix;
        cachedTokens = leader.cachedTokens;
    }

    boolean hasRun() {
        return hasRun;
    }

    void cached(int tokens) {
        cachedTokens = tokens;
    }

    /** Its block table, to be let go; it must be computed again. */
    int[] stop() {
        var held = blocks();
        blockCount = 0;
        blocksKnown = 0;
        prefix = KvBlocks.NO_PREFIX;
        computed = 0;
        state = State.WAITING;
        return held;
    }

    /** The whole block table. */
    int[] blocks() {
        return Arrays.copyOf(blocks, blockCount);
    }

    int blockCount() {
        return blockCount;
    }

    int block(int index) {
        return blocks[index];
    }

    void addBlock(int block) {
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(4, 2 * blockCount));
        }
        blocks[blockCount++] = block;
    }

    void replaceBlock(int index, int block) {
        blocks[index] = block;
    }

    /** The table as far as it covers {@code tokens}. */
    int[] blocksFor(int tokens) {
        return Arrays.copyOf(blocks, Math.ceilDiv(tokens, ModelRunner.KV_BLOCK_TOKENS));
    }

    int[] nextUncomputed(int count) {
        return Arrays.copyOfRange(tokenIds, computed, computed + count);
    }

    /** The last token, the only one that is not computed, and guesses after it. */
    int[] lastAnd(int[] drafts) {
        var tokens = new int[1 + drafts.length];
        tokens[0] = tokenIds[length - 1];
        System.arraycopy(drafts, 0, tokens, 1, drafts.length);
        return tokens;
    }

    /** Takes {@code count} tokens as computed and tells the cache of the blocks that became whole. */
    void computed(int count, @Nullable KvBlocks cache) {
        computed += count;
        computedMax = Math.max(computedMax, computed);
        while (cache != null && (blocksKnown + 1) * ModelRunner.KV_BLOCK_TOKENS <= computed) {
            prefix = cache.remember(blocks[blocksKnown], prefix, standing.cacheSalt(), tokenIds, blocksKnown);
            blocksKnown++;
        }
    }

    /** Its tenant pays for the tokens before {@code end} that were never computed yet. */
    void charge(int end) {
        int newTokens = Math.max(0, end - Math.max(computedMax, computed));
        int generated = Math.min(newTokens, Math.max(0, end - promptLength));
        double cost = (double) generated * Tenant.GENERATED_TOKEN_COST
                + (double) (newTokens - generated) * Tenant.PROMPT_TOKEN_COST;
        tenant().charge(cost, standing.weight());
    }

    /** At most {@code most} tokens that may come next, within what it may still generate. */
    int[] drafts(int most) {
        int left = generatedMax - generatedCount() - 1; // the last token is not computed
        return beams == null ? Drafts.of(tokenIds, length, Math.min(most, left)) : new int[0];
    }

    double acceptance() {
        return acceptance;
    }

    void acceptance(double now) {
        acceptance = now;
    }

    void append(int tokenId) {
        if (length == tokenIds.length) {
            tokenIds = Arrays.copyOf(tokenIds, Math.max(16, 2 * length));
        }
        tokenIds[length++] = tokenId;
    }

    void finish() {
        state = State.FINISHED;
    }
}
