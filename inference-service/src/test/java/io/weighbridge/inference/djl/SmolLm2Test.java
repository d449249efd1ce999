package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.kernels.KernelModelRunner;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.executor.Executors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The real starter model against an fp32 forward pass in numpy and llama.cpp's tokenization
 * (src/test/oracle/smollm2_reference.py wrote what is expected here).
 */
class SmolLm2Test {
    private static final int KV_PLACES = 512;

    /** Mean over positions: weights are the same, only the order of operations differs. */
    private static final double KERNEL_DIVERGENCE_MAX = 1e-5;

    private static Checkpoint checkpoint;
    private static ModelRunner runner;

    @BeforeAll
    static void load() throws IOException, InterruptedException {
        checkpoint = Checkpoints.open(StarterModel.file());
        runner = DjlBackEnd.load(Decoders.of(checkpoint), Numerics.F32, KV_PLACES, 2);
    }

    @AfterAll
    static void close() {
        runner.close();
        checkpoint.close();
    }

    static Stream<Named<JsonNode>> cases() throws IOException {
        try (var golden = SmolLm2Test.class.getResourceAsStream("/smollm2/smollm2-greedy.json")) {
            return StreamSupport.stream(
                            new ObjectMapper().readTree(golden).get("cases").spliterator(), false)
                    .map(node -> Named.of(node.get("question").asText(), node));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void greedy_tokens_equal_the_fp32_reference(JsonNode golden) {
        var prompt = ids(golden.get("promptTokenIds"));
        var expected = ids(golden.get("greedyTokenIds"));

        var generated = new ArrayList<Integer>();
        var logits = step(prompt, 0);
        for (int i = 0; i < expected.length; i++) {
            var next = argmax(logits);
            generated.add(next);
            logits = step(new int[] {next}, prompt.length + i);
        }

        assertThat(generated.stream().mapToInt(Integer::intValue).toArray()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_prompt_is_tokenized_as_llama_cpp_does(JsonNode golden) {
        try (var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata()))) {
            assertThat(tokenizer.encode(golden.get("prompt").asText(), true))
                    .isEqualTo(ids(golden.get("promptTokenIds")));
        }
    }

    @Test
    void four_bit_weights_answer_too() {
        var golden = firstCase();
        var prompt = ids(golden.get("promptTokenIds"));
        try (var narrow = DjlBackEnd.load(Decoders.of(checkpoint), Numerics.INT4, KV_PLACES, 2);
                var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata()))) {
            var generated = new ArrayList<Integer>();
            var logits = narrow.run(Batch.of(prompt, 0))[0];
            for (int i = 0; i < 8; i++) {
                var next = argmax(logits);
                generated.add(next);
                logits = narrow.run(Batch.of(new int[] {next}, prompt.length + i))[0];
            }
            assertThat(tokenizer.decode(
                            generated.stream().mapToInt(Integer::intValue).toArray()))
                    .contains("Paris");
        }
    }

    @Test
    void four_bit_kernels_stay_close_to_the_fp32_distribution() {
        var golden = firstCase();
        var tokens = IntStream.concat(
                        IntStream.of(ids(golden.get("promptTokenIds"))),
                        IntStream.of(ids(golden.get("greedyTokenIds"))))
                .toArray();
        double divergence = 0;
        try (var kernels = Executors.load(Decoders.of(checkpoint), Numerics.INT4, KV_PLACES, 2)) {
            assertThat(kernels).isInstanceOf(KernelModelRunner.class);
            for (int i = 0; i < tokens.length; i++) {
                var token = new int[] {tokens[i]};
                divergence += divergence(step(token, i), kernels.run(Batch.of(token, i))[0]);
            }
        }
        assertThat(divergence / tokens.length).isLessThan(KERNEL_DIVERGENCE_MAX);
    }

    /** Kullback-Leibler divergence of the distributions that the logits stand for. */
    private static double divergence(float[] expected, float[] actual) {
        var p = softmax(expected);
        var q = softmax(actual);
        return IntStream.range(0, p.length)
                .mapToDouble(i -> p[i] == 0 ? 0 : p[i] * Math.log(p[i] / q[i]))
                .sum();
    }

    private static double[] softmax(float[] logits) {
        float largest = logits[argmax(logits)];
        var exponentials = IntStream.range(0, logits.length)
                .mapToDouble(i -> Math.exp((double) logits[i] - largest))
                .toArray();
        double sum = DoubleStream.of(exponentials).sum();
        return DoubleStream.of(exponentials).map(x -> x / sum).toArray();
    }

    private static JsonNode firstCase() {
        try {
            return cases().findFirst().orElseThrow().getPayload();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static float[] step(int[] tokenIds, int position) {
        return runner.run(Batch.of(tokenIds, position))[0];
    }

    private static int argmax(float[] row) {
        var best = 0;
        for (int i = 1; i < row.length; i++) {
            if (row[i] > row[best]) {
                best = i;
            }
        }
        return best;
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
