package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderInput;
import io.weighbridge.engine.encoder.Encoders;
import io.weighbridge.engine.encoder.GoldenClassifier;
import io.weighbridge.engine.encoder.GoldenEncoder;
import io.weighbridge.engine.encoder.InputEncoder;
import io.weighbridge.engine.encoder.InputTooLongException;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** libtorch against Hugging Face transformers on the tiny encoders and cross-encoders of the engine's test resources. */
class GoldenEncodersTest {
    private static final List<String> ENCODERS = GoldenEncoder.FOLDERS;
    private static final List<String> CLASSIFIERS = GoldenClassifier.FOLDERS;
    private static final double DIFFERENCE_MAX = 1e-4;

    @ParameterizedTest
    @FieldSource("ENCODERS")
    void embeddings_are_those_of_transformers(String name) {
        var golden = GoldenEncoder.of(folder(name));
        try (var checkpoint = Checkpoints.open(folder(name));
                var runner = DjlBackEnd.load(Encoders.of(checkpoint), Numerics.F32, 2)) {
            assertThat(golden.difference(runner.embed(golden.inputs()))).isLessThan(DIFFERENCE_MAX);
        }
    }

    @ParameterizedTest
    @FieldSource("CLASSIFIERS")
    void values_of_pairs_are_those_of_transformers(String name) {
        var golden = GoldenClassifier.of(classifier(name));
        try (var checkpoint = Checkpoints.open(classifier(name));
                var runner = DjlBackEnd.load(Encoders.of(checkpoint), Numerics.F32, 2)) {
            assertThat(golden.difference(runner.classify(golden.inputs()))).isLessThan(DIFFERENCE_MAX);
            var reversed = runner.classify(golden.inputs().reversed());
            assertThat(golden.difference(reversed.reversed())).isLessThan(DIFFERENCE_MAX);
        }
    }

    @Test
    void token_types_outside_their_table_are_refused() {
        try (var checkpoint = Checkpoints.open(classifier("bert-cross"));
                var runner = DjlBackEnd.load(Encoders.of(checkpoint), Numerics.F32, 2)) {
            var input = new EncoderInput(new int[] {2, 3}, new int[] {0, 2});
            assertThatThrownBy(() -> runner.classify(List.of(input))).hasMessageContaining("token type 2");
        }
    }

    @Test
    void pairs_are_cut_as_the_tokenizers_library_cuts_them() throws IOException {
        var cases = new ObjectMapper()
                .readTree(classifier("bert-cross").resolve("pairs.json").toFile());
        try (var checkpoint = Checkpoints.open(classifier("bert-cross"));
                var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata()))) {
            for (var one : cases) {
                var inputs = new InputEncoder(
                        tokenizer, Encoder.TextRules.NONE, one.path("length").asInt(), true);
                var pair = inputs.encodePair(
                        one.path("query").asText(), one.path("document").asText(), true);
                assertThat(pair.tokenIds()).as(one.toString()).isEqualTo(ints(one.path("ids")));
                assertThat(IntStream.range(0, pair.length()).map(pair::tokenType))
                        .as(one.toString())
                        .containsExactlyElementsOf(
                                IntStream.of(ints(one.path("types"))).boxed().toList());
            }
            assertThat(cases).hasSizeGreaterThan(20);
            var short8 = new InputEncoder(tokenizer, Encoder.TextRules.NONE, 8, true);
            assertThatThrownBy(() -> short8.encodePair("the ship", "the bridge and the load", false))
                    .isInstanceOf(InputTooLongException.class)
                    .hasMessageContaining("10 tokens; the model takes at most 8");
        }
    }

    @Test
    void an_encoder_that_knows_no_token_types_ignores_those_of_the_tokenizer() {
        try (var words = Checkpoints.open(classifier("bert-cross"));
                var checkpoint = Checkpoints.open(classifier("distilbert-cross"));
                var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(words.metadata()));
                var runner = DjlBackEnd.load(Encoders.of(checkpoint), Numerics.F32, 2)) {
            var pair = new InputEncoder(tokenizer, Encoders.of(checkpoint)).encodePair("a ship", "a stone", false);
            assertThat(pair.tokenTypes()).isEmpty();
            assertThat(runner.classify(List.of(pair))).hasSize(1);
        }
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static Path folder(String name) {
        return Path.of("..", "engine").resolve(GoldenEncoder.path(name));
    }

    private static Path classifier(String name) {
        return Path.of("..", "engine").resolve(GoldenClassifier.path(name));
    }
}
