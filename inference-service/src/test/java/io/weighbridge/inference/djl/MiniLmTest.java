package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.encoder.Encoders;
import io.weighbridge.engine.encoder.InputEncoder;
import io.weighbridge.engine.encoder.InputTooLongException;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real all-MiniLM-L6-v2 against Hugging Face transformers in float32 (src/test/oracle/minilm_reference.py wrote what is expected):
 * texts of many lengths and languages.
 */
class MiniLmTest {
    private static final double COSINE_MIN = 0.999999;

    /** Largest difference of a value between an input alone and in a batch: products of more rows are summed in another order. */
    private static final double BATCH_DIFFERENCE_MAX = 1e-6;

    private static Checkpoint checkpoint;
    private static Encoder encoder;
    private static EncoderRunner runner;
    private static Tokenizer tokenizer;
    private static InputEncoder inputEncoder;
    private static List<Case> cases;

    private record Case(String text, int[] tokenIds, float[] embedding) {}

    @BeforeAll
    static void load() throws IOException, InterruptedException {
        checkpoint = Checkpoints.open(MiniLmModel.folder());
        encoder = Encoders.of(checkpoint);
        runner = DjlBackEnd.load(encoder, Numerics.F32, 2);
        tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata()));
        inputEncoder = new InputEncoder(tokenizer, encoder);
        try (var golden =
                Objects.requireNonNull(MiniLmTest.class.getResourceAsStream("/minilm/minilm-embeddings.json"))) {
            cases = StreamSupport.stream(new ObjectMapper().readTree(golden).spliterator(), false)
                    .map(node -> {
                        var ids = new int[node.get("tokenIds").size()];
                        for (int i = 0; i < ids.length; i++) {
                            ids[i] = node.get("tokenIds").get(i).asInt();
                        }
                        var embedding = new float[node.get("embedding").size()];
                        for (int i = 0; i < embedding.length; i++) {
                            embedding[i] = node.get("embedding").get(i).floatValue();
                        }
                        return new Case(node.get("text").asText(), ids, embedding);
                    })
                    .toList();
        }
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        runner.close();
        checkpoint.close();
    }

    @Test
    void it_is_what_its_files_say() {
        assertThat(runner.dimensions()).isEqualTo(384);
        assertThat(runner.contextLength()).isEqualTo(256);
        assertThat(cases).hasSizeGreaterThanOrEqualTo(50);
    }

    @Test
    void texts_are_tokenized_and_cut_as_transformers_does() {
        for (var one : cases) {
            assertThat(inputEncoder.encode(one.text(), true)).as(one.text()).isEqualTo(one.tokenIds());
        }
    }

    @Test
    void a_text_that_is_too_long_is_refused_unless_it_may_be_cut() {
        var longest = cases.getLast().text();
        assertThatThrownBy(() -> inputEncoder.encode(longest, false))
                .isInstanceOf(InputTooLongException.class)
                .hasMessageContaining("tokens; the model takes at most 256");
    }

    @Test
    void every_text_alone_has_the_embedding_of_transformers() {
        for (var one : cases) {
            var embedding = runner.embed(List.of(one.tokenIds())).getFirst();
            assertThat(cosine(embedding, one.embedding())).as(one.text()).isGreaterThan(COSINE_MIN);
        }
    }

    @Test
    void a_batch_changes_no_vector() {
        var inputs = cases.stream().map(Case::tokenIds).toList();
        var together = new ArrayList<>(runner.embed(inputs));
        together.addAll(runner.embed(inputs.reversed()).reversed());
        for (int i = 0; i < together.size(); i++) {
            var alone = runner.embed(List.of(inputs.get(i % inputs.size()))).getFirst();
            for (int j = 0; j < alone.length; j++) {
                assertThat((double) Math.abs(together.get(i)[j] - alone[j])).isLessThan(BATCH_DIFFERENCE_MAX);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16, 0.999", "INT8, 0.995"})
    void narrow_numerics_stay_near(Numerics numerics, double bound) {
        try (var narrow = DjlBackEnd.load(encoder, numerics, 2)) {
            var embeddings = narrow.embed(cases.stream().map(Case::tokenIds).toList());
            double least = 1;
            for (int i = 0; i < embeddings.size(); i++) {
                least = Math.min(least, cosine(embeddings.get(i), cases.get(i).embedding()));
            }
            assertThat(least).isBetween(bound, COSINE_MIN);
        }
    }

    @Test
    void inputs_outside_the_limits_are_refused() {
        assertThatThrownBy(() -> runner.embed(List.of(new int[0]))).hasMessageContaining("0 tokens");
        assertThatThrownBy(() -> runner.embed(List.of(new int[257]))).hasMessageContaining("257 tokens");
        assertThatThrownBy(() -> runner.embed(List.of(new int[] {30_522}))).hasMessageContaining("30522");
        assertThat(runner.embed(List.of())).isEmpty();
    }

    private static double cosine(float[] one, float[] other) {
        double product = 0;
        double squares = 0;
        double otherSquares = 0;
        for (int i = 0; i < one.length; i++) {
            product += (double) one[i] * other[i];
            squares += (double) one[i] * one[i];
            otherSquares += (double) other[i] * other[i];
        }
        return product / Math.sqrt(squares * otherSquares);
    }
}
