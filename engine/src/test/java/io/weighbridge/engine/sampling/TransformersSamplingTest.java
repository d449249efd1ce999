package io.weighbridge.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokens are cut off as Hugging Face transformers' logits processors do it; {@code oracle/sampling.py} wrote what those keep. */
class TransformersSamplingTest {
    private static final int DRAWS = 4_000;
    /** Standard deviations; beyond it with a chance below 1 in a million for each token. */
    private static final double DEVIATIONS_MAX = 5;

    private final Sampler sampler = new Sampler();

    static Stream<JsonNode> cases() throws IOException {
        try (var json = TransformersSamplingTest.class.getResourceAsStream("/sampling/transformers.json")) {
            return StreamSupport.stream(new ObjectMapper().readTree(json).spliterator(), false);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_same_tokens_are_kept_with_the_same_probabilities(JsonNode reference) {
        var adjustments = new Adjustments(reference.get("repetition_penalty").asDouble(), 0, 0, Map.of());
        var params = new SamplingParams(
                reference.get("temperature").asDouble(),
                reference.get("top_p").asDouble(),
                reference.get("top_k").asInt(),
                reference.get("min_p").asDouble(),
                reference.get("typical_p").asDouble(),
                1,
                adjustments);
        var counts = new TokenCounts();
        reference.get("seen").forEach(id -> counts.addPrompt(new int[] {id.asInt()}));
        var logits = floats(reference.get("logits"));
        adjustments.apply(logits, counts);
        var drawn = new int[logits.length];
        for (int position = 0; position < DRAWS; position++) {
            drawn[sampler.sample(logits, params, position)]++;
        }
        for (int id = 0; id < drawn.length; id++) {
            double probability = reference.get("probabilities").get(id).asDouble();
            double deviation = Math.sqrt(DRAWS * probability * (1 - probability));
            assertThat(Math.abs(drawn[id] - DRAWS * probability))
                    .as("token id %d, probability %s, drawn %d of %d", id, probability, drawn[id], DRAWS)
                    .isLessThanOrEqualTo(DEVIATIONS_MAX * deviation + 1e-6);
        }
    }

    private static float[] floats(JsonNode array) {
        var floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) array.get(i).asDouble();
        }
        return floats;
    }
}
