package io.weighbridge.engine.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Cross-encoders: what their heads say, against Hugging Face transformers, and what is refused. */
class ClassifierTest {
    private static final List<String> FOLDERS = GoldenClassifier.FOLDERS;
    private static final double DIFFERENCE_MAX = 1e-5;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @ParameterizedTest
    @FieldSource("FOLDERS")
    void the_values_of_pairs_are_those_of_transformers(String name) {
        var golden = GoldenClassifier.of(GoldenClassifier.path(name));
        try (var checkpoint = Checkpoints.open(GoldenClassifier.path(name));
                var runner = new ReferenceEncoder(Encoders.of(checkpoint))) {
            assertThat(golden.difference(runner.classify(golden.inputs()))).isLessThan(DIFFERENCE_MAX);
        }
    }

    @Test
    void labels_are_named_as_the_checkpoint_names_them() {
        assertThat(classifier("xlm-roberta-labels").labels()).containsExactly("contradiction", "entailment", "neutral");
        assertThat(classifier("bert-cross").labels()).containsExactly("LABEL_0");
        assertThat(classifier("bert-cross").activation()).isEqualTo(EmbeddingHead.Activation.SIGMOID);
        assertThat(classifier("distilbert-cross").activation()).isEqualTo(EmbeddingHead.Activation.IDENTITY);
    }

    @Test
    void an_encoder_without_such_a_head_has_no_classifier() {
        try (var checkpoint = Checkpoints.open(GoldenEncoder.path("bert-mean"))) {
            assertThat(Encoders.of(checkpoint).classifier()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"sbert_ce_default_activation_function": "x.Mish"}             | the classifier's activation 'x.Mish' is not supported
            {"architectures": ["BertModel"]}                               | 'classifier.bias' has no place
            {"num_hidden_layers": 2}                                       | lacks tensor 'bert.encoder.layer.1.attention.self.query.weight'
            """)
    void what_is_not_supported_is_refused_by_name(String change, String message) throws IOException {
        var source = GoldenClassifier.path("bert-cross");
        Files.copy(source.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        var config = (ObjectNode) JSON.readTree(source.resolve("config.json").toFile());
        config.setAll((ObjectNode) JSON.readTree(change));
        Files.writeString(folder.resolve("config.json"), config.toString());

        assertThatThrownBy(() -> {
                    try (var checkpoint = Checkpoints.open(folder)) {
                        Encoders.of(checkpoint);
                    }
                })
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    @Test
    void shortened_embeddings_are_brought_to_length_one_if_wanted() {
        var embedding = new float[] {3, 4, 12};
        assertThat(EmbeddingHead.shortened(embedding, 2, true)).containsExactly(0.6f, 0.8f);
        assertThat(EmbeddingHead.shortened(embedding, 3, false)).containsExactly(embedding);
        assertThat(EmbeddingHead.shortened(new float[] {0, 1}, 1, true)).containsExactly(0f);
        assertThat(EmbeddingHead.cosine(new float[] {1, 1}, new float[] {2, 0}))
                .isCloseTo(Math.sqrt(0.5), within(1e-12));
    }

    @Test
    void prompts_stand_before_texts_by_their_names() {
        var rules = new Encoder.TextRules(false, "p: ", Map.of("query", "find: "));
        assertThat(rules.apply("a", null)).isEqualTo("p: a");
        assertThat(rules.apply("a", "query")).isEqualTo("find: a");
        assertThatThrownBy(() -> rules.apply("a", "other"))
                .isInstanceOf(UnknownPromptException.class)
                .hasMessage("the model has no prompt 'other'; it has [query]");
        assertThatThrownBy(() -> Encoder.TextRules.NONE.apply("a", "other")).hasMessageContaining("defines no prompts");
    }

    @Test
    void more_labels_than_the_limit_are_refused() {
        assertThat(ClassifierReader.checked(ClassifierReader.LABELS_MAX)).isEqualTo(ClassifierReader.LABELS_MAX);
        assertThatThrownBy(() -> ClassifierReader.checked(ClassifierReader.LABELS_MAX + 1))
                .hasMessageContaining("the limit is 10000");
    }

    private static Classifier classifier(String name) {
        try (var checkpoint = Checkpoints.open(GoldenClassifier.path(name))) {
            return Objects.requireNonNull(Encoders.of(checkpoint).classifier());
        }
    }
}
