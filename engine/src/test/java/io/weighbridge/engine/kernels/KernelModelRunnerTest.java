package io.weighbridge.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.decoder.ReferenceDecoder;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ModelRunnerContract;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract without any tolerance, and logits against the plain decoder over the same quantized weights. */
class KernelModelRunnerTest extends ModelRunnerContract {
    private static final int KV_PLACES = 600;
    private static final int PROMPT_TOKENS_MAX = 120; // more than go through the layers together

    private static Checkpoint checkpoint;
    private static ModelRunner runner;

    @BeforeAll
    static void load() {
        checkpoint = Checkpoints.open(Golden.path("llama-headdim-bias"));
        runner = runner(Decoders.of(checkpoint), WeightBits.FOUR, 2);
    }

    @AfterAll
    static void close() {
        runner.close();
        checkpoint.close();
    }

    @Override
    protected ModelRunner runner() {
        return runner;
    }

    @Override
    protected int[] somePrompt(RandomGenerator random) {
        return random.ints(random.nextInt(4, PROMPT_TOKENS_MAX), 0, runner.vocabularySize())
                .toArray();
    }

    /** Not a bit. */
    @Override
    protected float tolerance() {
        return 0;
    }

    static Stream<Arguments> foldersAndBits() {
        return Golden.FOLDERS.stream()
                .flatMap(folder -> Stream.of(WeightBits.values()).map(bits -> Arguments.of(folder, bits)));
    }

    @ParameterizedTest
    @MethodSource("foldersAndBits")
    void logits_are_those_of_plain_loops_over_doubles(String folder, WeightBits bits) {
        try (var stored = Checkpoints.open(Golden.path(folder))) {
            assertParity(
                    StoredTensors.onGrid(Decoders.of(stored), bits),
                    bits,
                    Golden.of(folder).inputIds());
        }
    }

    static LongStream seeds() {
        return LongStream.range(0, 60);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void decoders_of_any_parts_and_odd_sizes_agree_with_plain_loops_over_doubles(long seed) {
        var decoder = RandomDecoders.next(seed);
        var ids = new Random(seed).ints(21, 0, decoder.spec().vocabularySize()).toArray();
        for (var bits : WeightBits.values()) {
            assertParity(StoredTensors.onGrid(decoder, bits), bits, ids);
        }
    }

    private static void assertParity(Decoder decoder, WeightBits bits, int[] ids) {
        var reference = new ReferenceDecoder(decoder);
        try (var kernels = runner(decoder, bits, 2)) {
            for (int position = 0; position < ids.length; position++) {
                var actual = step(kernels, new int[] {ids[position]}, position);
                var expected = reference.next(ids[position]);
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4));
                }
            }
        }
    }

    @Test
    void the_number_of_threads_changes_no_bit() {
        var decoder = Decoders.of(checkpoint);
        var ids = IntStream.range(0, 150).map(i -> i * 7 % 320).toArray();
        float[][] expected = {step(runner, ids, 0), step(runner, new int[] {5}, ids.length)};
        for (int threads : new int[] {1, 3, 7}) {
            try (var other = runner(decoder, WeightBits.FOUR, threads)) {
                assertThat(step(other, ids, 0)).isEqualTo(expected[0]);
                assertThat(step(other, new int[] {5}, ids.length)).isEqualTo(expected[1]);
            }
        }
    }

    @Test
    void what_lies_out_of_bounds_is_refused_before_anything_is_written() {
        assertThatThrownBy(() -> step(runner, new int[] {runner.vocabularySize()}, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> step(runner, new int[] {1}, runner.contextLength()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        var beyond = new Batch.Slice(new int[] {1}, 0, new int[] {runner.kvBlockCount()}, 1);
        assertThatThrownBy(() -> runner.run(new Batch(List.of(beyond))))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("KV place 608 of 608");
    }

    static ModelRunner runner(Decoder decoder, WeightBits layers, int threads) {
        return new KernelModelRunner(decoder, layers, WeightBits.EIGHT, KV_PLACES, threads);
    }

    private static float[] step(ModelRunner runner, int[] tokenIds, int position) {
        return runner.run(Batch.of(tokenIds, position))[0];
    }
}
