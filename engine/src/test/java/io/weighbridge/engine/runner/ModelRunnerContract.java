package io.weighbridge.engine.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every model runner must hold to. An adapter's test extends this class. */
public abstract class ModelRunnerContract {
    private static final int SEQUENCES = 3;

    /** The runner under test, with KV places for at least three of {@link #somePrompt} one after the other. */
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
        var whole = runWhole(prompt, 0);
        int done = 0;
        float[] chunked = {};
        while (done < prompt.length) {
            int count = random.nextInt(1, prompt.length - done + 1);
            chunked = run(slice(prompt, done, done + count, 0));
            done += count;
        }
        assertClose(chunked, whole);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_batch_of_n_equals_n_of_one(long seed) {
        var random = random(seed);
        var prompts = new ArrayList<int[]>();
        var alone = new ArrayList<float[]>();
        for (int i = 0; i < SEQUENCES; i++) {
            prompts.add(somePrompt(random));
            alone.add(runWhole(prompts.get(i), 0));
        }
        var slices = new ArrayList<Batch.Slice>();
        int start = 0;
        for (var prompt : prompts) {
            slices.add(slice(prompt, 0, prompt.length, start));
            start += prompt.length;
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
        var first = somePrompt(random);
        var second = somePrompt(random);
        var third = somePrompt(random);
        var expected = List.of(runWhole(first, 0), runWhole(second, 0), runWhole(third, 0));
        int secondStart = first.length;
        int thirdStart = first.length + second.length;
        runner().run(new Batch(List.of(
                unwanted(slice(first, 0, first.length - 1, 0)),
                unwanted(slice(second, 0, second.length - 1, secondStart)))));
        var logits = runner().run(new Batch(List.of(
                slice(first, first.length - 1, first.length, 0),
                slice(second, second.length - 1, second.length, secondStart),
                slice(third, 0, third.length, thirdStart))));
        for (int i = 0; i < SEQUENCES; i++) {
            assertClose(logits[i], expected.get(i));
        }
    }

    @Test
    void kv_places_can_be_used_again() {
        var random = random(4);
        var prompt = somePrompt(random);
        var before = runWhole(prompt, 0);
        runWhole(somePrompt(random), 0);
        runWhole(somePrompt(random), 1);
        assertClose(runWhole(prompt, 0), before);
    }

    @Test
    void it_does_not_matter_which_kv_places_a_sequence_has() {
        var prompt = somePrompt(random(5));
        assertClose(runWhole(prompt, prompt.length), runWhole(prompt, 0));
    }

    @Test
    void logits_come_only_where_wanted() {
        var random = random(6);
        var first = somePrompt(random);
        var second = somePrompt(random);
        var logits = runner().run(new Batch(
                List.of(unwanted(slice(first, 0, first.length, 0)), slice(second, 0, second.length, first.length))));
        assertThat(logits).hasNumberOfRows(2);
        assertThat(logits[0]).isEmpty();
        assertThat(logits[1]).hasSize(runner().vocabularySize());
    }

    private float[] runWhole(int[] prompt, int kvStart) {
        return run(slice(prompt, 0, prompt.length, kvStart));
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

    private static Batch.Slice slice(int[] tokenIds, int from, int to, int kvStart) {
        return new Batch.Slice(Arrays.copyOfRange(tokenIds, from, to), from, kvStart, true);
    }

    private static Batch.Slice unwanted(Batch.Slice slice) {
        return new Batch.Slice(slice.tokenIds(), slice.position(), slice.kvStart(), false);
    }

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
    }
}
