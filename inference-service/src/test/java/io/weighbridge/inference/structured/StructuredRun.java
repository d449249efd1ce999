package io.weighbridge.inference.structured;

import io.weighbridge.engine.Engine;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.grammar.CompiledGrammar;
import io.weighbridge.engine.grammar.GrammarCache;
import io.weighbridge.engine.grammar.GrammarException;
import io.weighbridge.engine.grammar.GrammarMask;
import io.weighbridge.engine.grammar.GrammarVocabulary;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenMask;
import io.weighbridge.engine.scheduler.FinishReason;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.engine.tokenizer.TokenizerDefinition;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.djl.DjlTokenizer;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A real model writes under random structures, several at a time, at temperatures above zero. A text that ended has to be accepted by
 * somebody else's check; one that was cut has to be the beginning of a text that is. Prints every text that is not.
 */
public final class StructuredRun implements AutoCloseable {
    private static final int STREAMS = 16;
    private static final int KV_TOKENS = 16_384;
    private static final int[] TOKENS_MAX = {12, 60, 200, 200};
    private static final List<String> SUBJECTS =
            List.of("a bicycle", "the weather in Łódź", "a user account", "three fruits", "an invoice", "your day");

    private final Checkpoint checkpoint;
    private final ModelRunner runner;
    private final Tokenizer tokenizer;
    private final TokenizerDefinition definition;
    private final GrammarCache cache;
    private final PrintStream out;

    /** What came of the structures of one kind. */
    static final class Counts {
        int refused;
        int unsatisfiable;
        int done;
        int cut;
        int invalid;
        int failed;
        long tokens;
        long maskNanos;
        long maskNanosMax;
        long compileNanosMax;

        int texts() {
            return done + cut + invalid + failed;
        }
    }

    private record Writing(
            RandomStructure structure, String name, Timed mask, ByteArrayOutputStream text, List<Integer> ids) {}

    /** Counts the time that a mask takes, with taking the token. */
    private static final class Timed implements TokenMask {
        private final TokenMask mask;
        private final Counts counts;
        private long pending;

        Timed(TokenMask mask, Counts counts) {
            this.mask = mask;
            this.counts = counts;
        }

        @Override
        public void mask(long[] bits, int tokensLeft) {
            long start = System.nanoTime();
            mask.mask(bits, tokensLeft);
            pending = System.nanoTime() - start;
        }

        @Override
        public void advance(int tokenId) {
            long start = System.nanoTime();
            mask.advance(tokenId);
            long nanos = pending + System.nanoTime() - start;
            counts.maskNanos += nanos;
            counts.maskNanosMax = Math.max(counts.maskNanosMax, nanos);
        }

        @Override
        public TokenMask copy() {
            return new Timed(mask.copy(), counts);
        }
    }

    StructuredRun(Path model, int threads, PrintStream out) {
        this.out = out;
        checkpoint = Checkpoints.open(model);
        definition = TokenizerDefinitions.of(checkpoint.metadata());
        tokenizer = DjlTokenizer.of(definition);
        runner = Executors.load(Decoders.of(checkpoint), Numerics.STORED, KV_TOKENS, threads);
        cache = new GrammarCache(GrammarVocabulary.of(definition.vocabulary(), definition.endTokenIds()));
    }

    /** Arguments: a GGUF file, threads, how many of each kind: schemas, regular expressions, choices, grammars; a first seed. */
    public static void main(String[] arguments) {
        int invalid = 0;
        try (var run = new StructuredRun(Path.of(arguments[0]), Integer.parseInt(arguments[1]), System.out)) {
            for (var kind : RandomStructure.Kind.values()) {
                long start = System.nanoTime();
                long seed = Long.parseLong(arguments[6]);
                var counts = run.write(kind, seed, Integer.parseInt(arguments[2 + kind.ordinal()]));
                invalid += counts.invalid + counts.failed;
                print(kind, counts, (System.nanoTime() - start) / 1e9);
            }
        }
        if (invalid > 0) {
            System.exit(1);
        }
    }

    private static void print(RandomStructure.Kind kind, Counts counts, double seconds) {
        System.out.printf(
                Locale.ROOT,
                "%s: %d texts in %.0f s: %d done (%.1f %%), %d cut by length and the beginning of a valid one, %d invalid, %d failed; beside them %d"
                        + " structures refused, %d that nothing satisfies; %d tokens, mask and advance %.1f us a token, worst %.1f ms; longest compile"
                        + " %.1f ms%n",
                kind.name().toLowerCase(Locale.ROOT),
                counts.texts(),
                seconds,
                counts.done,
                100.0 * counts.done / Math.max(1, counts.texts()),
                counts.cut,
                counts.invalid,
                counts.failed,
                counts.refused,
                counts.unsatisfiable,
                counts.tokens,
                counts.maskNanos / 1e3 / Math.max(1, counts.tokens),
                counts.maskNanosMax / 1e6,
                counts.compileNanosMax / 1e6);
    }

    /** One text for each of {@code count} structures that are not refused; those that are come on top. */
    Counts write(RandomStructure.Kind kind, long firstSeed, int count) {
        var counts = new Counts();
        var engine = new Engine(runner, new SchedulerLimits(STREAMS, STREAMS, 512));
        var writings = new HashMap<Sequence, Writing>();
        long seed = firstSeed;
        int begun = 0;
        while (begun < count || engine.hasWork()) {
            while (begun < count && writings.size() < STREAMS) {
                begun += begin(kind, seed++, engine, writings, counts) ? 1 : 0;
            }
            for (var progress : engine.step()) {
                var writing = writings.get(progress.sequence());
                if (writing == null) {
                    continue;
                }
                switch (progress) {
                    case Progress.Prompt _ -> {}
                    case Progress.Token(var _, int tokenId, var _) -> {
                        writing.ids.add(tokenId);
                        writing.text.writeBytes(definition.vocabulary().bytes(tokenId));
                        counts.tokens++;
                    }
                    case Progress.Ended(var sequence, var reason) -> {
                        judge(writing, reason, counts);
                        writings.remove(sequence);
                    }
                }
            }
        }
        return counts;
    }

    private boolean begin(
            RandomStructure.Kind kind, long seed, Engine engine, Map<Sequence, Writing> writings, Counts counts) {
        var structure = RandomStructure.of(kind, seed);
        long start = System.nanoTime();
        CompiledGrammar grammar;
        try {
            grammar = cache.get(kind.name(), structure.source(), structure.grammar());
        } catch (GrammarException e) {
            if (e.kind() == GrammarException.Kind.UNSATISFIABLE) {
                counts.unsatisfiable++;
            } else {
                counts.refused++;
            }
            return false;
        } finally {
            counts.compileNanosMax = Math.max(counts.compileNanosMax, System.nanoTime() - start);
        }
        var random = new Random(seed);
        var prompt = tokenizer.encode(
                "<|im_start|>user\nWrite about %s.<|im_end|>\n<|im_start|>assistant\n"
                        .formatted(SUBJECTS.get(random.nextInt(SUBJECTS.size()))),
                false);
        var mask = new Timed(new GrammarMask(grammar), counts);
        var sampling = new SamplingParams(0.5 + random.nextInt(3) * 0.5, random.nextBoolean() ? 1 : 0.95, 0, 0, seed);
        var selection = new Selection(sampling, 0, false, Selection.NO_LOGPROBS, false, mask);
        var sequence = new Sequence(
                prompt,
                selection,
                TOKENS_MAX[random.nextInt(TOKENS_MAX.length)],
                definition.endTokenIds(),
                Standing.DEFAULT);
        writings.put(
                sequence,
                new Writing(structure, kind + " " + seed, mask, new ByteArrayOutputStream(), new ArrayList<>()));
        engine.add(sequence);
        return true;
    }

    private void judge(Writing writing, FinishReason reason, Counts counts) {
        var text = RandomStructure.text(writing.text.toByteArray());
        if (writing.structure.accepts().test(text)) {
            counts.done++;
            return;
        }
        if (reason == FinishReason.LENGTH) {
            var whole = completed(writing);
            if (whole != null && writing.structure.accepts().test(whole)) {
                counts.cut++;
                return;
            }
            text += " -- and then " + whole;
        }
        if (reason.isDone()) {
            counts.invalid++;
        } else {
            counts.failed++;
        }
        out.printf("%s %s: '%s' by %s%n", writing.name, reason, text, writing.structure.source());
    }

    /** The shortest way to the end that the grammar knows; null if there is none. */
    private @Nullable String completed(Writing writing) {
        var kind = writing.name.substring(0, writing.name.indexOf(' '));
        var grammar = cache.get(kind, writing.structure.source(), writing.structure.grammar());
        var state = grammar.start();
        writing.ids.forEach(state::advance);
        var whole = new ByteArrayOutputStream();
        whole.writeBytes(writing.text.toByteArray());
        var mask = new long[grammar.maskLength()];
        while (!state.mayEnd()) {
            state.mask(mask, state.tokensToEnd());
            int id = 0;
            while (id < 64 * mask.length && (mask[id >>> 6] >>> id & 1) == 0) {
                id++;
            }
            if (id == 64 * mask.length) {
                return null;
            }
            state.advance(id);
            whole.writeBytes(Objects.requireNonNull(definition.vocabulary().bytes(id)));
        }
        return RandomStructure.text(whole.toByteArray());
    }

    @Override
    public void close() {
        runner.close();
        tokenizer.close();
        checkpoint.close();
    }
}
