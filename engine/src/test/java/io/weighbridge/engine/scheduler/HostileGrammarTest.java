package io.weighbridge.engine.scheduler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.grammar.Grammar;
import io.weighbridge.engine.grammar.GrammarMask;
import io.weighbridge.engine.grammar.GrammarVocabulary;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Grammars whose masks are as slow as they get within the limits, over a vocabulary of 17,000 tokens. */
class HostileGrammarTest {
    private static final int LETTERS = 26;
    private static final int END = 256;
    private static final int SIZE = END + 1 + LETTERS * LETTERS * (1 + LETTERS);
    private static final int CONTEXT = 256;
    private static final int TOKENS = 30;

    private static final GrammarVocabulary VOCABULARY =
            GrammarVocabulary.of(Vocabulary.of(SIZE, false, HostileGrammarTest::bytes), List.of(END));

    /** One walk through the whole tree, in units: what a step may go beyond its bound by. */
    private static final int WALK = SIZE;

    /** So many string patterns at once that each differs in what it allows next: a walk through the vocabulary for each, again after each token. */
    private static final Grammar PATTERNS = Grammar.jsonSchema(
            "{\"anyOf\":[%s]}"
                    .formatted(
                            many(
                                    200,
                                    ",",
                                    "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":\"^[^%1$s%2$s]*(%1$s[^%2$s]*)?$\"}}")));

    /** As many rules, each of which may begin any other, so that every way to read a text stays open. */
    private static final Grammar RULES = Grammar.ebnf("root ::= \"[\" (%s) \"]\"\n%s"
            .formatted(
                    IntStream.range(0, 100).mapToObj(i -> "x" + i + " root?").collect(Collectors.joining(" | ")),
                    IntStream.range(0, 100)
                            .mapToObj(i -> "x%d ::= [^%s%s]+\n".formatted(i, first(i), second(i)))
                            .collect(Collectors.joining())));

    /** Deep nesting without an end, ambiguous at each level. */
    private static final Grammar NESTING = Grammar.ebnf(
            "root ::= s\ns ::= \"(\" s \")\" s | [a-z ]+ s | [a-z0-9 ]+ t | \"\"\nt ::= [a-z ]* s \"x\"? | \"\"");

    private static byte[] bytes(int id) {
        if (id == END) {
            return new byte[0];
        }
        if (id < END) {
            return new byte[] {(byte) id};
        }
        int rest = id - END - 1;
        var text = new StringBuilder();
        if (rest >= LETTERS * LETTERS) {
            rest -= LETTERS * LETTERS;
            text.append((char) ('a' + rest / (LETTERS * LETTERS)));
            rest %= LETTERS * LETTERS;
        }
        text.append((char) ('a' + rest / LETTERS)).append((char) ('a' + rest % LETTERS));
        return text.toString().getBytes(UTF_8);
    }

    private static char first(int i) {
        return (char) ('a' + i % LETTERS);
    }

    private static char second(int i) {
        return (char) ('A' + i / LETTERS);
    }

    private static String many(int count, String joint, String format) {
        return IntStream.range(0, count)
                .mapToObj(i -> format.formatted(first(i), second(i)))
                .collect(Collectors.joining(joint));
    }

    private static Sequence sequence(int seed, @Nullable Grammar grammar) {
        var mask = grammar == null ? null : new GrammarMask(grammar.compile(VOCABULARY));
        var sampling = new SamplingParams(1, 1, 0, 0, seed);
        var selection = new Selection(sampling, 0, false, Selection.NO_LOGPROBS, false, mask);
        return new Sequence(new int[] {seed, 1, 2}, selection, TOKENS, Set.of(END), Standing.DEFAULT);
    }

    private final ScriptedModelRunner runner = ScriptedModelRunner.hashing(SIZE, CONTEXT, 200);
    private final Map<Sequence, FinishReason> endings = new HashMap<>();

    private static Scheduler scheduler() {
        return new Scheduler(new SchedulerLimits(8, 16, 64), CONTEXT, 200, () -> 0);
    }

    /** The work on masks in this step. */
    private long step(Scheduler scheduler) {
        long before = scheduler.masks().usedInAll();
        var batch = scheduler.schedule();
        var progress = batch.isEmpty() ? scheduler.takeEnded() : scheduler.advance(batch, runner.run(batch));
        for (var one : progress) {
            if (one instanceof Progress.Ended(var sequence, var reason)) {
                endings.put(sequence, reason);
            }
        }
        return scheduler.masks().usedInAll() - before;
    }

    private FinishReason alone(Sequence sequence) {
        var scheduler = scheduler();
        scheduler.add(sequence);
        while (scheduler.hasWork()) {
            step(scheduler);
        }
        return Objects.requireNonNull(endings.get(sequence));
    }

    @Test
    void neighbors_get_a_token_in_every_step_and_work_on_masks_is_bounded() {
        var scheduler = scheduler();
        var neighbors = List.of(sequence(1, null), sequence(2, null), sequence(3, null));
        var modest = sequence(4, Grammar.jsonObject());
        var hostile = List.of(sequence(5, PATTERNS), sequence(6, PATTERNS), sequence(7, RULES), sequence(8, NESTING));
        neighbors.forEach(scheduler::add);
        scheduler.add(modest);
        hostile.forEach(scheduler::add);
        var work = new ArrayList<Long>();
        for (int steps = 1; steps <= TOKENS; steps++) {
            work.add(step(scheduler));
            for (var neighbor : neighbors) {
                assertThat(neighbor.generatedCount() == steps || endings.containsKey(neighbor))
                        .as("%d tokens after %d steps", neighbor.generatedCount(), steps)
                        .isTrue();
            }
        }
        bounded(work);
        // That they are hostile: not all of it would have found room in one step.
        assertThat(work.stream().mapToLong(Long::longValue).sum()).isGreaterThan(5L * MaskTurns.STEP_WORK);
        while (scheduler.hasWork()) {
            step(scheduler);
        }
        assertThat(endings.get(hostile.get(0))).matches(FinishReason::isDone);
        assertThat(endings.get(hostile.get(3))).isEqualTo(FinishReason.MASK_LIMIT);
        same(modest, sequence(4, Grammar.jsonObject()));
        same(hostile.get(0), sequence(5, PATTERNS));
        same(hostile.get(1), sequence(6, PATTERNS));
        same(hostile.get(2), sequence(7, RULES));
    }

    private void same(Sequence sequence, Sequence again) {
        assertThat(endings.get(sequence)).isEqualTo(alone(again));
        assertThat(sequence.generatedIds()).isEqualTo(again.generatedIds());
    }

    private static void bounded(List<Long> work) {
        for (int from = 0; from < work.size(); from++) {
            long sum = 0;
            for (int to = from; to < work.size(); to++) {
                sum += work.get(to);
                long steps = to - from + 1L;
                assertThat(sum)
                        .as("steps %d to %d", from, to)
                        .isLessThanOrEqualTo(
                                steps * (MaskTurns.STEP_WORK + MaskTurns.PAID_PER_STEP + WALK) + MaskTurns.TURN_WORK);
            }
        }
    }
}
