package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.GgufWriter;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The golden folders as GGUF files. What llama.cpp's converter made of them is kept as facts, gguf/NAME.txt: keys with their types and
 * values, and for each tensor its type, shape and digest. The files are written here, held against the facts, and then read.
 */
class GgufParityTest {
    private static final String ROPE_DIVISORS = "rope_freqs.weight";

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

    /** The folder as a GGUF file; its tensors have been held against the facts. */
    private Path converted(String name) throws IOException {
        var writer = new GgufWriter();
        var facts = new TreeMap<String, String>();
        var architecture = "";
        for (var line : Files.readAllLines(facts(name))) {
            var words = line.split(" ", 4);
            if (words[0].equals("key")) {
                writer.put(words[1], value(words[2], words[3]));
                architecture = words[1].equals("general.architecture") ? words[3] : architecture;
            } else {
                facts.put(words[1], words[2] + " " + words[3]);
            }
        }
        try (var checkpoint = Checkpoints.open(Golden.path(name))) {
            var decoder = Decoders.of(checkpoint);
            var tensors = ConvertedGguf.of(decoder, architecture);
            if (facts.remove(ROPE_DIVISORS) != null) {
                writer.tensor(ROPE_DIVISORS, List.of(decoder.spec().headDimension() / 2L), divisors(decoder));
            }
            assertThat(described(tensors)).isEqualTo(facts);
            ConvertedGguf.write(tensors, writer);
        }
        return Files.write(folder.resolve(name + ".gguf"), writer.toBytes());
    }

    /** What the frequencies of llama3's scaling are divided by, which llama.cpp computes in another precision. */
    private static float[] divisors(Decoder decoder) {
        var frequencies = decoder.spec().ropes().getFirst().frequencies();
        var divisors = new float[frequencies.size()];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = (float) (Math.pow(500_000, -2.0 * i / decoder.spec().headDimension()) / frequencies.get(i));
        }
        return divisors;
    }

    private static Map<String, String> described(Map<String, ConvertedGguf.Stored> tensors) {
        var described = new TreeMap<String, String>();
        tensors.forEach((name, stored) -> described.put(
                name,
                "%s %s %s"
                        .formatted(
                                stored.type(),
                                stored.shape().stream().map(String::valueOf).collect(Collectors.joining(",")),
                                digest(stored.data()))));
        return described;
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(String type, String text) {
        return switch (type) {
            case "UINT32" -> Integer.parseInt(text);
            case "FLOAT32" -> Float.parseFloat(text);
            case "BOOL" -> Boolean.parseBoolean(text);
            default -> text;
        };
    }

    private static Path facts(String name) {
        try {
            return Path.of(Objects.requireNonNull(GgufParityTest.class.getResource("/gguf/" + name + ".txt"), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
