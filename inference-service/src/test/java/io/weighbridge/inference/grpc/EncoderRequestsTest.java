package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.encoder.EmbeddingHead;
import io.weighbridge.engine.encoder.EmbeddingHead.Activation;
import io.weighbridge.engine.encoder.EmbeddingHead.Dense;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderSpec;
import io.weighbridge.inference.ScriptedModelLoader;
import io.weighbridge.inference.loading.LoadedEncoder;
import io.weighbridge.v1.EmbedInput;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.TokenIds;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Limits that the tiny encoders do not reach: here one says that it is larger. */
class EncoderRequestsTest {
    private static final int LONGEST = 200_000;

    @Test
    void all_inputs_together_have_a_limit_of_tokens() {
        var loaded = large(24);
        var most = EmbedRequest.newBuilder()
                .addInputs(tokens(LONGEST))
                .addInputs(tokens(EncoderRequests.TOKENS_MAX - LONGEST));
        assertThat(EncoderRequests.inputs(most.build(), loaded)).hasSize(2);
        assertThatThrownBy(
                        () -> EncoderRequests.inputs(most.addInputs(tokens(1)).build(), loaded))
                .hasMessageContaining("more than 300000 tokens together");
    }

    @Test
    void an_answer_has_a_limit_of_values() {
        int dimensions = EncoderRequests.VALUES_MAX / EncoderRequests.INPUTS_MAX + 1;
        var loaded = large(dimensions);
        var request = EmbedRequest.newBuilder()
                .addAllInputs(Collections.nCopies(EncoderRequests.INPUTS_MAX, EmbedInput.getDefaultInstance()));
        assertThatThrownBy(() -> EncoderRequests.dimensions(request.build(), loaded))
                .hasMessageContaining("more than 8388608 values");
        assertThat(EncoderRequests.dimensions(
                        request.setDimensions(dimensions - 1).build(), loaded))
                .isEqualTo(dimensions - 1);
    }

    @Test
    void a_word_that_only_the_tokenizer_knows_is_refused() {
        // The scripted tokenizer has a token for each number.
        var request =
                EmbedRequest.newBuilder().addInputs(EmbedInput.newBuilder().setText("7 120"));
        assertThatThrownBy(() -> EncoderRequests.inputs(request.build(), large(24)))
                .hasMessageContaining("token id 120; the model's weights go up to 119");
    }

    private static EmbedInput tokens(int count) {
        return EmbedInput.newBuilder()
                .setTokenIds(TokenIds.newBuilder().addAllIds(Collections.nCopies(count, 7)))
                .build();
    }

    /** An encoder with room for much, whose embeddings have so many values. */
    private static LoadedEncoder large(int dimensions) {
        var loaded = ScriptedModelLoader.encoder("test/large", () -> {
            throw new IllegalStateException("is not run");
        });
        var small = loaded.encoder();
        var spec = small.spec();
        var head = new EmbeddingHead(
                spec.hiddenSize(),
                small.head().poolings(),
                List.of(new Dense(
                        spec.hiddenSize(),
                        dimensions,
                        new float[spec.hiddenSize() * dimensions],
                        new float[0],
                        Activation.IDENTITY)));
        var wide = new EncoderSpec(
                spec.hiddenSize(),
                spec.layerCount(),
                spec.headCount(),
                spec.feedForwardSize(),
                spec.vocabularySize(),
                LONGEST,
                spec.positionOffset(),
                LONGEST,
                spec.normEpsilon(),
                spec.activation(),
                spec.relativeBuckets());
        return new LoadedEncoder(
                loaded.model(),
                loaded.weightsDigest(),
                loaded.numerics(),
                new Encoder(wide, small.tensors(), head, small.text(), null),
                loaded.tokenizer(),
                loaded.inputs(),
                loaded.runner(),
                loaded.passport(),
                loaded.release());
    }
}
