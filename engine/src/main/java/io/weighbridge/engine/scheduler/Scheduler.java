package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.sampling.MaskLimitException;
import io.weighbridge.engine.sampling.Sampler;
import io.weighbridge.engine.sampling.TokenPicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the batch of each step and takes the sequences forward by its logits. Every running sequence that decodes gets its
 * token in every step; what is left of the step's tokens goes to prompts, in chunks, those of the tenant first that was given
 * least. A sequence starts when there are blocks for all its tokens so far and grows block by block; when none is left, the
 * running sequence that ranks last goes back to wait and is computed again later, which changes none of its tokens: they depend
 * on seed and position alone. The running sequence that ranks first never has to give way to memory, so that all get done. Not
 * thread-safe: the engine's thread owns it.
 */
public final class Scheduler {
    /** What one step of priority is worth: a sequence overtakes those of its tenant that have waited less long than this. */
    public static final Duration PRIORITY_STEP = Duration.ofSeconds(30);

    /** Tokens of a slice whose logits are all wanted: each has a row as long as the vocabulary. */
    static final int PROMPT_LOGITS_MAX = 64;

    /** A tenant may be ahead of a waiting one by this cost before one of its running sequences must give way. */
    static final int LEAD_MAX = 1024;

    private static final int[] NO_DRAFTS = {};

    private final SchedulerLimits limits;
    private final KvBlocks kv;
    private final @Nullable KvBlocks cache; // kv, or null where prefixes are not shared
    private final int contextLength;
    private final LongSupplier clock;
    private final long startedAt;
    private final Sampler sampler = new Sampler();
    private final Tenants tenants = new Tenants();
    private final Running running;
    private final Pace pace = new Pace();
    private final Speculation speculation = new Speculation();
    private final MaskTurns masks = new MaskTurns();
    private final Parties parties = new Parties();
    private final List<Progress> ended = new ArrayList<>();
    /** The step handed out last; null when none is under way. */
    private @Nullable Step step;

    private @Nullable Tenant heldUp; // could not start in the last step
    private long arrivals;
    private long prefixQueryTokens;
    private long prefixHitTokens;
    private long promptTokens;
    private long generatedTokens;
    private boolean draining;

    /**
     * A scheduler for one runner's memory; a sequence is at most {@code contextLength} and the KV memory long.
     *
     * @param clock nanoseconds from any start, never going back
     */
    public Scheduler(SchedulerLimits limits, int contextLength, int kvBlockCount, LongSupplier clock) {
        this.limits = limits;
        this.kv = new KvBlocks(kvBlockCount);
        this.running = new Running(kv, tenants);
        this.cache = limits.prefixCache() ? kv : null;
        this.contextLength = (int) Math.min(contextLength, (long) kvBlockCount * ModelRunner.KV_BLOCK_TOKENS);
        this.clock = clock;
        this.startedAt = clock.getAsLong();
    }

    /** Takes a new sequence to the queue, with all that follow it, or says why not. */
    public Admission add(Sequence sequence) {
        if (draining) {
            return new Admission.Draining();
        }
        if (sequence.promptLength() >= contextLength) {
            return new Admission.ContextLengthExceeded(sequence.promptLength(), contextLength);
        }
        var beams = sequence.beams();
        int lengthMax = beams == null
                ? contextLength
                : lengthMax(sequence, beams.params().width());
        if (beams != null
                && (lengthMax <= sequence.promptLength() || beams.params().width() > limits.sequencesRunningMax())) {
            return new Admission.TooManyBeams(beams.params().width(), beamsMax(sequence));
        }
        var tenant = tenants.active(sequence.standing().tenant());
        var all = new ArrayList<>(beams == null ? List.of(sequence) : beams.members());
        all.addAll(sequence.followers());
        for (var each : all) {
            each.clipTo(lengthMax);
            each.arrive(tenant, now(), arrivals++);
        }
        var refusal = refusal(sequence);
        if (refusal != null) {
            tenants.tidy();
            return refusal;
        }
        tenants.enqueue(sequence);
        return new Admission.Accepted();
    }

    /** Most tokens that each of so many beams can have, the blocks of the prompt held by all. */
    private int lengthMax(Sequence sequence, int width) {
        int shared = sequence.promptLength() / ModelRunner.KV_BLOCK_TOKENS;
        long own = (kv.count() - shared) / width;
        return (int) Math.min(contextLength, (shared + own) * ModelRunner.KV_BLOCK_TOKENS);
    }

    private int beamsMax(Sequence sequence) {
        int width = limits.sequencesRunningMax();
        while (width > 1 && lengthMax(sequence, width) <= sequence.promptLength()) {
            width--;
        }
        return width;
    }

    /** The batch of the next step; empty when there is nothing to do. Sequences that were cancelled or are late end here. */
    public Batch schedule() {
        long now = now();
        endOverdue(now);
        giveWay();
        parties.next(running.stream().filter(sequence -> !masks.holds(sequence)));
        var next = new Step(now, limits.tokensPerStepMax());
        addDecodes(next);
        addPrompts(next);
        masks.sweep();
        step = next.slices.isEmpty() ? null : next;
        if (step == null) {
            goOn(masks.withoutStep(), ended);
        }
        return new Batch(next.copies, next.slices);
    }

    /** Each running sequence of the party gets its token, and where that pays some that it may take after it. */
    private void addDecodes(Step next) {
        var decoding = new ArrayList<Sequence>();
        for (var sequence : running.all()) {
            boolean decodes = sequence.state() == Sequence.State.RUNNING && sequence.uncomputed() == 1;
            if (decodes && parties.mayRun(sequence)) {
                if (running.makeWritable(sequence, next.copies)) {
                    decoding.add(sequence);
                } else if (sequence.beams() != null) {
                    // With its last beam the whole search was put back. What was copied for it does no harm.
                    decoding.removeIf(beam -> beam.beams() == sequence.beams());
                }
            }
        }
        next.decodes = decoding.size();
        boolean guesses = limits.speculation()
                && tenants.waitingCount() == 0
                && decoding.size() + masks.count() == running.size();
        int tokens = decoding.size();
        double expected = tokens;
        for (var sequence : decoding) {
            int most = Math.min(Speculation.STEP_TOKENS_MAX, limits.tokensPerStepMax()) - tokens;
            var drafts = guesses ? drafts(sequence, most, tokens, expected, next.begunAt) : NO_DRAFTS;
            tokens += drafts.length;
            expected += Speculation.expected(sequence.acceptance(), drafts.length);
            addDecode(sequence, drafts, next);
        }
    }

    private int[] drafts(Sequence sequence, int most, int tokens, double expected, long now) {
        var drafts = sequence.drafts(most);
        if (drafts.length == 0) {
            return drafts;
        }
        int count = speculation.worth(sequence.acceptance(), drafts.length, tokens, expected, now);
        if (count == 0) {
            sequence.acceptance(Speculation.untried(sequence.acceptance()));
        }
        return Arrays.copyOf(drafts, running.makeWritableAfter(sequence, count));
    }

    private static void addDecode(Sequence sequence, int[] drafts, Step next) {
        int end = sequence.computed() + 1 + drafts.length;
        next.slices.add(new Batch.Slice(
                sequence.lastAnd(drafts), sequence.computed(), sequence.blocksFor(end), 1 + drafts.length));
        next.sequences.add(sequence);
        next.tokensLeft -= 1 + drafts.length;
        next.drafts += drafts.length;
        sequence.charge(sequence.length());
    }

    /** Takes the sequences of the batch from {@link #schedule} forward by its rows of logits; what came of it. */
    public List<Progress> advance(Batch batch, float[][] logits) {
        var done = step;
        if (done == null || batch.slices().size() != done.sequences.size() || logits.length != batch.logitsCount()) {
            throw new IllegalStateException("%d slices and %d rows of logits are not what was scheduled"
                    .formatted(batch.slices().size(), logits.length));
        }
        var progress = new ArrayList<>(takeEnded());
        goOn(masks.beginStep(), progress);
        int row = 0;
        for (int i = 0; i < done.sequences.size(); i++) {
            var slice = batch.slices().get(i);
            var sequence = done.sequences.get(i);
            if (i < done.decodes && slice.tokenIds().length > 1) {
                row = verify(sequence, slice, logits, row, progress);
                continue;
            }
            sequence.computed(slice.tokenIds().length, cache);
            boolean toldPrompt = false;
            for (int at = slice.tokenIds().length - slice.logitsCount(); at < slice.tokenIds().length; at++, row++) {
                int position = slice.position() + at;
                if (position + 1 < sequence.promptLength()) {
                    sequence.promptLogits(position, logits[row]);
                    toldPrompt = !sequence.wantsPromptLogprobs();
                }
            }
            if (toldPrompt) {
                progress.add(new Progress.Prompt(sequence, sequence.promptLogprobs()));
            }
            if (slice.logitsCount() > 0 && sequence.uncomputed() == 0) {
                if (sequence.beams() == null) {
                    branch(sequence, logits[row - 1], progress);
                } else if (sequence.beams().takes(logits[row - 1])
                        && masks.ready(sequence.beams().leader(), null)) {
                    search(sequence.beams(), progress);
                }
            }
        }
        step = null;
        long now = now();
        int prompts = batch.tokenCount() - done.decodes - done.drafts;
        promptTokens += prompts;
        pace.step(prompts, done.decodes, done.decodes + done.draftsAccepted, now - done.begunAt, now);
        if (prompts == 0) {
            speculation.measured(batch.tokenCount(), now - done.begunAt, now);
        }
        tenants.tidy();
        return progress;
    }

    /** Whose tokens are in the step handed out last; empty when none is under way. */
    public List<Sequence> stepSequences() {
        return step == null ? List.of() : List.copyOf(step.sequences);
    }

    /** The sequences that ended outside {@link #advance} since the last call of either. */
    public List<Progress> takeEnded() {
        var taken = List.copyOf(ended);
        ended.clear();
        return taken;
    }

    /** Refuses new sequences from now on; those that wait and run are done as ever. */
    public void drain() {
        draining = true;
    }

    public boolean hasWork() {
        return !running.isEmpty() || tenants.waitingCount() > 0;
    }

    /** Most tokens of one sequence. */
    public int contextLength() {
        return contextLength;
    }

    /** What goes on now. */
    public Load load() {
        return new Load(
                running.size(),
                tenants.waitingCount(),
                kv.freeCount(),
                kv.idleCount(),
                kv.count(),
                prefixQueryTokens,
                prefixHitTokens,
                running.preemptions(),
                promptTokens,
                generatedTokens,
                speculation.guessed(),
                speculation.accepted(),
                pace.promptTokensPerSecond(),
                pace.generatedTokensPerSecond(),
                draining);
    }

    /** Who waits for a mask, for tests that count as the next two are. */
    MaskTurns masks() {
        return masks;
    }

    KvBlocks kv() {
        return kv;
    }

    /** Block tables of all running sequences, for tests that count. */
    List<int[]> blockTables() {
        return running.blockTables();
    }

    private long now() {
        return clock.getAsLong() - startedAt + 1;
    }

    private @Nullable Admission refusal(Sequence sequence) {
        int most = limits.sequencesWaitingMax();
        int share = most / Math.max(1, tenants.activeCount());
        boolean full = tenants.waitingCount() >= 2L * most
                || tenants.waitingCount() >= most && sequence.tenant().waitingCount() >= share;
        if (full) {
            return new Admission.QueueFull(most, forecast(sequence).start());
        }
        var queueTimeMax = sequence.standing().queueTimeMax();
        var timeMax = sequence.standing().timeMax();
        if (queueTimeMax == null && timeMax == null) {
            return null;
        }
        var forecast = forecast(sequence);
        if (queueTimeMax != null && forecast.start().compareTo(queueTimeMax) > 0) {
            return new Admission.TooLate(Admission.TooLate.Limit.QUEUE_TIME, forecast.start(), queueTimeMax);
        }
        if (timeMax != null && forecast.end().compareTo(timeMax) > 0) {
            return new Admission.TooLate(Admission.TooLate.Limit.DEADLINE, forecast.end(), timeMax);
        }
        return null;
    }

    private Forecast forecast(Sequence sequence) {
        if (!pace.isKnown(now())) {
            return Forecast.UNKNOWN;
        }
        var match = match(sequence);
        kv.releaseAll(match.blocks());
        return Forecast.of(
                sequence, match.tokens(), running.all(), tenants.ahead(sequence), limits.sequencesRunningMax(), pace);
    }

    /** Cached blocks with the beginning of the sequence, held; its last token is always computed, for its logits. */
    private KvBlocks.Match match(Sequence sequence) {
        return cache == null || sequence.wantsPromptLogprobs()
                ? new KvBlocks.Match(new int[0], KvBlocks.NO_PREFIX)
                : cache.acquirePrefix(sequence.standing().cacheSalt(), sequence.tokenIds(), sequence.length() - 1);
    }

    private void endOverdue(long now) {
        for (var sequence : running.all()) {
            var reason = sequence.isInner() ? null : overdue(sequence, now);
            if (reason != null) {
                ended.add(end(sequence, reason));
                endFollowers(sequence, reason);
            }
        }
        for (var sequence : tenants.waiting()) {
            var reason = overdue(sequence, now);
            if (reason != null) {
                tenants.dequeue(sequence);
                sequence.finish();
                ended.add(new Progress.Ended(sequence, reason));
                endFollowers(sequence, reason);
            }
        }
    }

    /** The prompt that they wait for will not be computed. */
    private void endFollowers(Sequence sequence, FinishReason reason) {
        for (var follower : sequence.takeFollowers()) {
            follower.finish();
            ended.add(new Progress.Ended(follower, reason));
        }
    }

    private static @Nullable FinishReason overdue(Sequence sequence, long now) {
        if (sequence.isCancelled()) {
            return FinishReason.CANCELLED;
        }
        if (sequence.hasWaitedTooLong(now)) {
            return FinishReason.QUEUE_TIME_EXCEEDED;
        }
        return sequence.isLate(now) ? FinishReason.DEADLINE_EXCEEDED : null;
    }

    /** Where a tenant could not start because others hold everything, the one far ahead of it lets its last sequence wait. */
    private void giveWay() {
        var behind = tenants.nextWaiting();
        var ahead = tenants.mostServedRunning();
        if (behind != null && behind == heldUp && ahead != null && ahead.served() > behind.served() + LEAD_MAX) {
            running.preemptLastOf(ahead);
        }
        heldUp = null;
    }

    /** Fills the step with prompts: those begun and those that wait, by what their tenants were given. */
    private void addPrompts(Step next) {
        var begun = new ArrayList<>(running.stream()
                .filter(sequence -> sequence.uncomputed() > 1 && parties.mayRun(sequence))
                .toList());
        boolean mayStart = true;
        while (next.tokensLeft > 0) {
            var first = begun.stream()
                    .min((a, b) ->
                            Double.compare(a.tenant().served(), b.tenant().served()))
                    .orElse(null);
            var tenant = mayStart ? tenants.nextWaiting() : null;
            if (tenant != null
                    && (first == null || tenant.served() < first.tenant().served())) {
                var started = start(tenant);
                mayStart = started != null;
                if (started != null && parties.mayRun(started)) {
                    addSlice(started, next);
                }
            } else if (first != null) {
                begun.remove(first);
                addSlice(first, next);
            } else {
                return;
            }
        }
    }

    /** The tenant's first waiting sequence, now running; null if there is no place or no memory for it. */
    private @Nullable Sequence start(Tenant tenant) {
        var sequence = tenant.waiting.first();
        int taken = running.places();
        if (taken + sequence.places() > limits.sequencesRunningMax()) {
            heldUp = tenant;
            return null;
        }
        var match = match(sequence);
        int blocks = Math.ceilDiv(sequence.length(), ModelRunner.KV_BLOCK_TOKENS) - match.blocks().length;
        int room = taken + sequence.places() - 1; // the next block of each, so that nobody is put back at once
        if (kv.freeCount() < blocks + room) {
            kv.releaseAll(match.blocks());
            heldUp = tenant;
            return null;
        }
        tenants.dequeue(sequence);
        if (!sequence.hasRun()) {
            prefixQueryTokens += sequence.promptLength();
            prefixHitTokens += match.tokens();
            sequence.cached(match.tokens());
        }
        sequence.run(match.blocks(), match.tokens());
        sequence.known(match);
        for (int i = 0; i < blocks; i++) {
            sequence.addBlock(kv.allocate().orElseThrow());
        }
        running.begin(sequence);
        return sequence;
    }

    private static void addSlice(Sequence sequence, Step next) {
        int most = sequence.wantsPromptLogprobs() ? PROMPT_LOGITS_MAX : Integer.MAX_VALUE;
        int count = Math.min(most, Math.min(next.tokensLeft, sequence.uncomputed()));
        int end = sequence.computed() + count;
        int lastLogits = count == sequence.uncomputed() ? 1 : 0;
        next.slices.add(new Batch.Slice(
                sequence.nextUncomputed(count),
                sequence.computed(),
                sequence.blocksFor(end),
                sequence.wantsPromptLogprobs() ? count : lastLogits));
        next.sequences.add(sequence);
        next.tokensLeft -= count;
        sequence.charge(end);
    }

    /**
     * The next tokens of a sequence as it takes them one by one: a guess counts if it is the token taken there, and with the first that
     * is not all after it are forgotten. Their keys and values are written over.
     *
     * @return the row after its own
     */
    private int verify(Sequence sequence, Batch.Slice slice, float[][] logits, int row, List<Progress> progress) {
        int drafts = slice.tokenIds().length - 1;
        int right = 0;
        sequence.computed(1, cache);
        generate(sequence, logits[row], progress);
        while (right < drafts
                && !masks.holds(sequence)
                && sequence.state() == Sequence.State.RUNNING
                && sequence.lastToken() == slice.tokenIds()[right + 1]) {
            right++;
            sequence.charge(sequence.length());
            sequence.computed(1, cache);
            generate(sequence, logits[row + right], progress);
        }
        sequence.acceptance(speculation.verified(sequence.acceptance(), right, drafts));
        Objects.requireNonNull(step).draftsAccepted += right;
        return row + 1 + drafts;
    }

    /**
     * The next token of the sequence and, if these logits follow its prompt, the first of each of its followers, which share its blocks.
     * Those that find no place wait for one with their token; most of what they lose then is in the cache.
     */
    private void branch(Sequence sequence, float[] logits, List<Progress> progress) {
        var followers = sequence.takeFollowers();
        for (var follower : followers) {
            running.beginLike(follower, sequence);
        }
        generate(sequence, logits, progress);
        for (var follower : followers) {
            generate(follower, logits, progress);
            if (follower.state() == Sequence.State.RUNNING && running.places() > limits.sequencesRunningMax()) {
                running.putBack(follower);
            }
        }
    }

    /** Those that had to wait for their masks and have them now. */
    private void goOn(List<MaskTurns.Ready> ready, List<Progress> progress) {
        for (var each : ready) {
            if (each.logits() != null) {
                pick(each.sequence(), each.logits(), progress);
            } else {
                search(Objects.requireNonNull(each.sequence().beams()), progress);
            }
        }
    }

    private void generate(Sequence sequence, float[] logits, List<Progress> progress) {
        if (masks.ready(sequence, logits)) {
            pick(sequence, logits, progress);
        }
    }

    private void pick(Sequence sequence, float[] logits, List<Progress> progress) {
        TokenPicker.Picked picked;
        try {
            picked = sequence.picker()
                    .pick(sampler, logits, sequence.length(), sequence.generatedCount(), sequence.generatedMax());
        } catch (ArithmeticException e) {
            progress.add(end(sequence, FinishReason.FAILED));
            return;
        } catch (MaskLimitException e) {
            progress.add(end(sequence, FinishReason.MASK_LIMIT));
            return;
        }
        sequence.picked(picked.logprobs());
        int tokenId = picked.tokenId();
        if (sequence.isEndToken(tokenId)) {
            progress.add(end(sequence, FinishReason.STOP));
            return;
        }
        sequence.append(tokenId);
        generatedTokens++;
        progress.add(new Progress.Token(sequence, tokenId, picked.logprobs()));
        if (sequence.isFull()) {
            progress.add(end(sequence, FinishReason.LENGTH));
        }
    }

    /** All beams take a step; what they found is given out when they are done. */
    private void search(BeamSearch beams, List<Progress> progress) {
        var leader = beams.leader();
        generatedTokens += beams.beams();
        List<BeamSearch.Beam> next;
        try {
            next = beams.advance();
        } catch (ArithmeticException e) {
            progress.add(end(leader, FinishReason.FAILED));
            endFollowers(leader, FinishReason.FAILED);
            return;
        } catch (MaskLimitException e) {
            progress.add(end(leader, FinishReason.MASK_LIMIT));
            endFollowers(leader, FinishReason.MASK_LIMIT);
            return;
        }
        if (!next.isEmpty()) {
            running.rearrange(beams, next);
            return;
        }
        running.leave(leader);
        var found = beams.completions();
        var takers = new ArrayList<>(List.of(leader));
        takers.addAll(leader.takeFollowers());
        for (int i = 0; i < takers.size(); i++) {
            // A structure may leave fewer than are wanted: the last one comes again.
            var completion = found.get(Math.min(i, found.size() - 1));
            var taker = takers.get(i);
            taker.generated(completion.tokens());
            completion
                    .tokens()
                    .forEach(token -> progress.add(new Progress.Token(taker, token.tokenId(), token.logprobs())));
            progress.add(end(taker, completion.reason()));
        }
    }

    private Progress.Ended end(Sequence sequence, FinishReason reason) {
        running.leave(sequence);
        if (sequence.beams() != null && !reason.isDone()) {
            sequence.beams().restart(); // what no beam has found was not generated
        }
        sequence.finish();
        if (reason.isDone()) {
            pace.completed(sequence.generatedCount());
        }
        return new Progress.Ended(sequence, reason);
    }
}
