package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The golden folders as GGUF files, of which {@link GoldenGguf} makes sure that llama.cpp's converter would write the same.
 */
class GgufParityTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bloom",
                "cohere",
                "falcon",
                "gpt-neox",
                "gpt-oss",
                "gpt-oss-mxfp4",
                "gpt2",
                "granite",
                "llama-headdim-bias",
                "llama-tied",
                "llama3",
                "mistral",
                "mixtral",
                "olmo2",
                "phi3",
                "qwen2",
                "qwen3",
                "qwen3-moe",
                "stablelm",
                "starcoder2"
            })
    void a_converted_folder_computes_what_transformers_did(String name) throws IOException {
        try (var checkpoint = Checkpoints.open(converted(name))) {
            GoldenParityTest.assertParity(checkpoint, Golden.of(name));
        }
    }

    /** These say in config.json what GGUF has no key for, so that the file is another model: as the folder, but for that. */
    @ParameterizedTest
    @ValueSource(strings = {"gemma2", "gemma3", "mistral-window", "smollm3"})
    void what_has_no_key_is_as_the_original_models_have_it(String name) throws IOException {
        try (var file = Checkpoints.open(converted(name));
                var golden = Checkpoints.open(Golden.path(name))) {
            var original = Decoders.of(golden);
            var expected = new ReferenceDecoder(new Decoder(published(name, original.spec()), original.tensors()));
            var actual = new ReferenceDecoder(Decoders.of(file));
            for (int tokenId : Golden.of(name).inputIds()) {
                var logits = expected.next(tokenId);
                assertThat(actual.next(tokenId)).containsExactly(logits, offset(1e-4));
            }
        }
    }

    private static DecoderSpec published(String name, DecoderSpec spec) {
        double scale = 1 / Math.sqrt(spec.headDimension());
        var attention = spec.attention();
        var layers = switch (name) {
            case "mistral-window", "smollm3" ->
                spec.layers().stream().map(_ -> new LayerKind(0, 0)).toList();
            case "gemma3" ->
                spec.layers().stream().map(_ -> new LayerKind(1, 16)).toList();
            default -> spec.layers();
        };
        return new DecoderSpec(
                spec.hiddenSize(),
                spec.headCount(),
                spec.kvHeadCount(),
                spec.headDimension(),
                spec.vocabularySize(),
                spec.contextLength(),
                spec.embeddingScale(),
                spec.positionOffset(),
                spec.norm(),
                spec.ropes(),
                layers,
                new DecoderSpec.Attention(
                        scale, attention.softCap(), false, false, attention.queryKeyNorm(), attention.alibiScale()),
                spec.feedForward(),
                spec.residual(),
                spec.output());
    }

    private Path converted(String name) throws IOException {
        return Files.write(folder.resolve(name + ".gguf"), GoldenGguf.bytes(name));
    }
}
