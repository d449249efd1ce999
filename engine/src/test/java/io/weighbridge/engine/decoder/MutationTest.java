package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.CheckpointSummary;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.GgufWriter;
import io.weighbridge.engine.checkpoint.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged checkpoints: whatever is wrong with a file, it is refused with a {@link CheckpointException} or is usable in full.
 * A failing case names its seed.
 */
class MutationTest {
    private static final int MUTATIONS = 1_000;

    private static final long[] NASTY_NUMBERS = {
        0, 1, -1, 2, 31, 32, 255, 256, 1L << 31, (1L << 31) - 1, 1L << 32, 1L << 62, Long.MIN_VALUE, Long.MAX_VALUE
    };

    private static final List<String> NASTY_JSON = List.of(
            "null",
            "0",
            "-1",
            "1",
            "1e999",
            "99999999999999999999999",
            "2147483648",
            "0.5",
            "\"\"",
            "\"x\"",
            "true",
            "[]",
            "{}",
            "[[[[]]]]",
            "{\"rope_type\": \"llama3\"}",
            "NaN",
            "-Infinity",
            "\"\\ud800\"");

    @TempDir
    Path folder;

    @Test
    void damaged_gguf_files_are_refused_or_usable() throws IOException {
        var good = gguf();
        int headerBytes = good.length - 8 * 64;
        for (int seed = 0; seed < MUTATIONS; seed++) {
            var path = Files.write(folder.resolve("m.gguf"), mutated(good, headerBytes, new Random(seed)));
            check(seed, () -> Checkpoints.open(path));
        }
    }

    @Test
    void damaged_safetensors_files_are_refused_or_usable() throws IOException {
        var good = Files.readAllBytes(Golden.path("quants.safetensors"));
        int headerBytes = 8 + Byte.toUnsignedInt(good[0]) + (Byte.toUnsignedInt(good[1]) << 8);
        var config = Golden.path("llama-tied").resolve("config.json");
        for (int seed = 0; seed < MUTATIONS; seed++) {
            var path = Files.write(folder.resolve("m.safetensors"), mutated(good, headerBytes, new Random(seed)));
            check(seed, () -> Checkpoints.open(Map.of("config.json", config, "model.safetensors", path)));
        }
    }

    @Test
    void damaged_configurations_are_refused_or_usable() throws IOException {
        var weights = Golden.path("llama3").resolve("model.safetensors");
        var good = Files.readAllBytes(Golden.path("llama3").resolve("config.json"));
        for (int seed = 0; seed < MUTATIONS; seed++) {
            var random = new Random(seed);
            var bytes = random.nextBoolean()
                    ? mutated(good, good.length, random)
                    : revalued(good, random).getBytes(StandardCharsets.UTF_8);
            var path = Files.write(folder.resolve("config.json"), bytes);
            check(seed, () -> Checkpoints.open(Map.of("config.json", path, "model.safetensors", weights)));
        }
    }

    private static void check(int seed, Supplier<Checkpoint> opening) {
        try (var checkpoint = opening.get()) {
            readEverything(checkpoint);
            Decoders.of(checkpoint);
        } catch (CheckpointException e) {
            assertThat(e).as("seed %d", seed).hasMessageNotContaining("null: ");
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static void readEverything(Checkpoint checkpoint) {
        CheckpointSummary.of(checkpoint);
        for (var tensor : checkpoint.tensors().values()) {
            if (!tensor.type().isReal()) {
                assertThat(tensor.data().byteSize())
                        .isEqualTo(tensor.elementCount() * tensor.type().blockBytes());
            } else if (tensor.elementCount() <= 4_096) {
                assertThat(Dequantizer.values(tensor)).hasSize((int) tensor.elementCount());
            }
        }
    }

    private static byte[] mutated(byte[] good, int headerBytes, Random random) {
        var bytes = good.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(Math.min(headerBytes, bytes.length));
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> overwrite(bytes, at, NASTY_NUMBERS[random.nextInt(NASTY_NUMBERS.length)]);
                case 3 -> bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
                case 4 -> {
                    int length = random.nextInt(1 + bytes.length - at) / 4;
                    System.arraycopy(bytes, random.nextInt(1 + bytes.length - length), bytes, at, length);
                }
                default -> bytes[at] = (byte) "0123456789[]{},:\"-e".charAt(random.nextInt(19));
            }
        }
        return bytes;
    }

    private static void overwrite(byte[] bytes, int at, long value) {
        for (int i = 0; i < Long.BYTES && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }

    /** The configuration with the values of some fields replaced, those of the rotation's options among them. */
    private static String revalued(byte[] good, Random random) throws IOException {
        var config = (ObjectNode) new JsonMapper().readTree(good);
        var places = new ArrayList<String>();
        for (int i = random.nextInt(2); i >= 0; i--) {
            var target =
                    random.nextInt(3) == 0 && config.path("rope_parameters") instanceof ObjectNode rope ? rope : config;
            var names = target.properties().stream().map(Map.Entry::getKey).toList();
            if (!names.isEmpty()) {
                target.put(names.get(random.nextInt(names.size())), "@" + places.size());
                places.add(NASTY_JSON.get(random.nextInt(NASTY_JSON.size())));
            }
        }
        var text = config.toString();
        for (int i = 0; i < places.size(); i++) {
            text = text.replace("\"@" + i + "\"", places.get(i));
        }
        return text;
    }

    private static byte[] gguf() {
        var writer = new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.alignment", 32)
                .put("llama.block_count", 1)
                .put("llama.context_length", 16)
                .put("llama.embedding_length", 4)
                .put("llama.feed_forward_length", 4)
                .put("llama.attention.head_count", 2)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("tokenizer.ggml.tokens", List.of("a", "b", "c", "d"))
                .put("tokenizer.ggml.scores", List.of(1f, 2f, 3f, 4f))
                .put("tokenizer.ggml.add_bos_token", true)
                .put("double", 1.5)
                .put("long", 1L << 40);
        for (var name : List.of(
                "token_embd",
                "blk.0.attn_q",
                "blk.0.attn_k",
                "blk.0.attn_v",
                "blk.0.attn_output",
                "blk.0.ffn_gate",
                "blk.0.ffn_up",
                "blk.0.ffn_down")) {
            writer.tensor(name + ".weight", List.of(4L, 4L), new float[16]);
        }
        for (var name : List.of("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")) {
            writer.tensor(name + ".weight", List.of(4L), 1, 1, 1, 1);
        }
        return writer.toBytes();
    }

    @Test
    void the_undamaged_gguf_file_is_usable() throws IOException {
        var path = Files.write(folder.resolve("good.gguf"), gguf());
        try (var checkpoint = Checkpoints.open(path)) {
            readEverything(checkpoint);
            assertThat(Decoders.of(checkpoint).spec().vocabularySize()).isEqualTo(4);
        }
    }
}
