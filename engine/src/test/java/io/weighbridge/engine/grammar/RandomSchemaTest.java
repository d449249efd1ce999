package io.weighbridge.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is sampled under the mask is valid to a validator that is not ours, and ends within its tokens. */
class RandomSchemaTest {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    static IntStream seeds() {
        return IntStream.range(0, 150);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void sampled_documents_are_valid(int seed) throws IOException {
        var random = new Random(seed);
        var schema = seed % 3 == 0 ? new RandomSchemas(random).withDefinitions(3) : new RandomSchemas(random).schema(3);
        CompiledGrammar grammar;
        try {
            grammar = TestVocabulary.schema(schema);
        } catch (GrammarException e) {
            assertThat(e.kind()).isNotEqualTo(GrammarException.Kind.SYNTAX);
            return;
        }
        var validator =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema);
        for (int i = 0; i < 10; i++) {
            var text = RandomSchemas.text(grammar, TestVocabulary.TOKENS, 150, random);
            if (text != null) {
                assertThat(validator.validate(MAPPER.readTree(text)))
                        .as("%s by %s", new String(text, java.nio.charset.StandardCharsets.UTF_8), schema)
                        .isEmpty();
            }
        }
    }
}
