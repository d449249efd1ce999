package io.weighbridge.engine.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every model runner must hold to. An adapter's test extends this class. */
public abstract class ModelRunnerContract {
    private static final int SEQUENCES = 3;

    /** The runner under test, with KV blocks for at least three of {@link #somePrompt}. */
    protected abstract ModelRunner runner();

    /** A prompt of at least 4 tokens. */
    protected abstract int[] somePrompt(RandomGenerator random);

    /** How far two ways to the same logits may lie apart. */
    protected float tolerance() {
        return 1e-3f;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void chunked_prefill_equals_whole(long seed) {
        var random = random(seed);
        var prompt = somePrompt(random);
        var table = anyBlocks(prompt.length, random);
        var whole = runWhole(prompt);
        int done = 0;
        float[] chunked = {};
        while (done < prompt.length) {
            int count = random.nextInt(1, prompt.length - done + 1);
            chunked = run(slice(prompt, done, done + count, table));
            done += count;
        }
        assertClose(chunked, whole);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_batch_of_n_equals_n_of_one(long seed) {
        var random = random(seed);
        var prompts = prompts(random);
        var alone = prompts.stream().map(this::runWhole).toList();
        var tables = tables(prompts, random);
        var slices = new ArrayList<Batch.Slice>();
        for (int i = 0; i < SEQUENCES; i++) {
            slices.add(slice(prompts.get(i), 0, prompts.get(i).length, tables.get(i)));
        }
        var together = runner().run(new Batch(slices));
        for (int i = 0; i < SEQUENCES; i++) {
            assertClose(together[i], alone.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void decodes_beside_a_prefill_equal_each_alone(long seed) {
        var random = random(seed);
        var prompts = prompts(random);
        var expected = prompts.stream().map(this::runWhole).toList();
        var tables = tables(prompts, random);
        var before = new ArrayList<Batch.Slice>();
        var together = new ArrayList<Batch.Slice>();
        for (int i = 0; i < SEQUENCES; i++) {
            var prompt = prompts.get(i);
            int done = i == SEQUENCES - 1 ? 0 : prompt.length - 1;
            if (done > 0) {
                before.add(wanting(0, slice(prompt, 0, done, tables.get(i))));
            }
            together.add(slice(prompt, done, prompt.length, tables.get(i)));
        }
        runner().run(new Batch(before));
        var logits = runner().run(new Batch(together));
        for (int i = 0; i < SEQUENCES; i++) {
            assertClose(logits[i], expected.get(i));
        }
    }

    @Test
    void blocks_can_be_used_again() {
        var random = random(4);
        var prompt = somePrompt(random);
        var before = runWhole(prompt);
        runWhole(somePrompt(random));
        runWhole(somePrompt(random));
        assertClose(runWhole(prompt), before);
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7})
    void it_does_not_matter_which_blocks_a_sequence_has(long seed) {
        var random = random(seed);
        var prompt = somePrompt(random);
        var expected = runWhole(prompt);
        var table = anyBlocks(prompt.length, random);
        assertClose(run(slice(prompt, 0, prompt.length, table)), expected);
        assertClose(run(slice(prompt, prompt.length - 1, prompt.length, table)), expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9})
    void what_was_copied_can_be_continued_from(long seed) {
        var random = random(seed);
        var prompt = somePrompt(random);
        var expected = runWhole(prompt);
        var all = shuffled(random);
        int length = Math.ceilDiv(prompt.length, ModelRunner.KV_BLOCK_TOKENS);
        var original = Arrays.copyOf(all, length);
        var copy = Arrays.copyOfRange(all, length, 2 * length);
        run(slice(prompt, 0, prompt.length - 1, original));
        var copies = new ArrayList<Batch.Copy>();
        for (int i = 0; i < length; i++) {
            copies.add(new Batch.Copy(original[i], copy[i]));
        }
        var others = slice(new int[] {1, 2, 3}, 0, 3, original);
        var continued = slice(prompt, prompt.length - 1, prompt.length, copy);
        assertClose(runner().run(new Batch(copies, List.of(others, continued)))[1], expected);
    }

    @Test
    void logits_of_several_tokens_are_those_of_each_step() {
        var random = random(10);
        var prompt = somePrompt(random);
        var table = anyBlocks(prompt.length, random);
        var rows = runner().run(new Batch(List.of(wanting(prompt.length, slice(prompt, 0, prompt.length, table)))));
        assertThat(rows).hasNumberOfRows(prompt.length);
        for (int length = 1; length <= prompt.length; length++) {
            assertClose(rows[length - 1], runWhole(Arrays.copyOf(prompt, length)));
        }
    }

    @Test
    void logits_come_only_where_wanted() {
        var random = random(6);
        var prompts = prompts(random);
        var tables = tables(prompts, random);
        var first = slice(prompts.get(0), 0, prompts.get(0).length, tables.get(0));
        var second = slice(prompts.get(1), 0, prompts.get(1).length, tables.get(1));
        assertThat(runner().run(new Batch(List.of(wanting(0, first), wanting(0, second)))))
                .isEmpty();
        var logits = runner().run(new Batch(List.of(wanting(0, first), wanting(2, second))));
        assertThat(logits).hasDimensions(2, runner().vocabularySize());
    }

    private List<int[]> prompts(RandomGenerator random) {
        return Stream.generate(() -> somePrompt(random)).limit(SEQUENCES).toList();
    }

    /** A table for each prompt; no block is in two of them. */
    private List<int[]> tables(List<int[]> prompts, RandomGenerator random) {
        var all = shuffled(random);
        var tables = new ArrayList<int[]>();
        int from = 0;
        for (var prompt : prompts) {
            int end = from + Math.ceilDiv(prompt.length, ModelRunner.KV_BLOCK_TOKENS);
            tables.add(Arrays.copyOfRange(all, from, end));
            from = end;
        }
        return tables;
    }

    private int[] anyBlocks(int tokens, RandomGenerator random) {
        return Arrays.copyOf(shuffled(random), Math.ceilDiv(tokens, ModelRunner.KV_BLOCK_TOKENS));
    }

    private int[] shuffled(RandomGenerator random) {
        var all = IntStream.range(0, runner().kvBlockCount()).toArray();
        for (int i = all.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int block = all[i];
            all[i] = all[other];
            all[other] = block;
        }
        return all;
    }

    private float[] runWhole(int[] prompt) {
        return runner().run(Batch.of(prompt, 0))[0];
    }

    private float[] run(Batch.Slice slice) {
        return runner().run(new Batch(List.of(slice)))[0];
    }

    private void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected).isNotEmpty();
        for (int id = 0; id < expected.length; id++) {
            assertThat(actual[id]).as("logit of token id %d", id).isCloseTo(expected[id], offset(tolerance()));
        }
    }

    private static Batch.Slice slice(int[] tokenIds, int from, int to, int[] table) {
        return new Batch.Slice(Arrays.copyOfRange(tokenIds, from, to), from, table, 1);
    }

    private static Batch.Slice wanting(int rows, Batch.Slice slice) {
        return new Batch.Slice(slice.tokenIds(), slice.position(), slice.blocks(), rows);
    }

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
    }
}
