package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.GgufWriter;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.checkpoint.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden folders rewritten as GGUF must give the golden logits too. */
class GgufDecoderTest {
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("model.embed_tokens", "token_embd"),
            Map.entry("model.norm", "output_norm"),
            Map.entry("lm_head", "output"),
            Map.entry("input_layernorm", "attn_norm"),
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("post_attention_layernorm", "ffn_norm"),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down"));

    @TempDir
    Path folder;

    static List<String> folders() {
        return Golden.LLAMA_FOLDERS;
    }

    @ParameterizedTest
    @MethodSource("folders")
    void logits_and_greedy_tokens_are_those_of_transformers(String golden) throws IOException {
        try (var checkpoint = Checkpoints.open(converted(golden, UnaryOperator.identity()))) {
            GoldenParityTest.assertParity(checkpoint, Golden.of(golden));
        }
    }

    @Test
    void linear_scaling_divides_the_frequencies() throws IOException {
        var path = converted(
                "llama-tied",
                writer -> writer.put("llama.rope.scaling.type", "linear").put("llama.rope.scaling.factor", 4f));
        try (var checkpoint = Checkpoints.open(path)) {
            assertThat(Decoders.of(checkpoint)
                            .spec()
                            .ropes()
                            .getFirst()
                            .frequencies()
                            .getFirst())
                    .isEqualTo(0.25);
        }
    }

    @Test
    void a_stated_window_is_on_all_layers() throws IOException {
        var path = converted("llama-tied", writer -> writer.put("llama.attention.sliding_window", 64));
        try (var checkpoint = Checkpoints.open(path)) {
            assertThat(Decoders.of(checkpoint).spec().layers()).containsOnly(new DecoderSpec.LayerKind(0, 64));
        }
    }

    @Test
    void yarn_scales_by_its_keys() throws IOException {
        var path = converted(
                "llama-tied",
                writer -> writer.put("llama.rope.scaling.type", "yarn")
                        .put("llama.rope.scaling.factor", 4f)
                        .put("llama.rope.scaling.original_context_length", 64));
        try (var checkpoint = Checkpoints.open(path)) {
            var rope = Decoders.of(checkpoint).spec().ropes().getFirst();
            assertThat(rope.attentionFactor()).isEqualTo(0.1 * Math.log(4) + 1);
            assertThat(rope.frequencies()).isEqualTo(RopeFrequencies.yarn(100_000, 16, 4, 64, 32, 1, true));
        }
    }

    @Test
    void longrope_has_other_frequencies_for_later_positions() throws IOException {
        var shorter = new float[8];
        var longer = new float[8];
        Arrays.fill(shorter, 1);
        Arrays.fill(longer, 2);
        var path = converted(
                "llama-tied",
                writer -> writer.put("llama.rope.scaling.original_context_length", 64)
                        .put("llama.rope.scaling.attn_factor", 1.5f)
                        .tensor("rope_factors_short.weight", List.of(8L), shorter)
                        .tensor("rope_factors_long.weight", List.of(8L), longer));
        try (var checkpoint = Checkpoints.open(path)) {
            var rope = Decoders.of(checkpoint).spec().ropes().getFirst();
            assertThat(rope.attentionFactor()).isEqualTo(1.5);
            assertThat(rope.frequency(0, 63)).isEqualTo(1);
            assertThat(rope.frequency(0, 64)).isEqualTo(0.5);
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "general.architecture, mamba, general.architecture 'mamba' is not supported",
                "general.type, adapter, 'adapter'",
                "llama.expert_count, 8, lacks metadata key 'llama.expert_used_count'",
                "llama.attention.temperature_scale, 1, llama.attention.temperature_scale of 1",
                "llama.attention.causal, false, no decoder",
                "llama.rope.scaling.type, su, 'su' is not supported",
                "llama.rope.dimension_count, 18, rope.dimension_count is 18",
                "llama.attention.value_length, 8, value_length is 8",
                "llama.attention.head_count, text, should be a Long",
                "llama.attention.head_count, 0, must be 1 to",
                "llama.attention.head_count, 3, not a multiple of",
                "llama.attention.head_count_kv, 3, not a multiple of",
                "llama.block_count, 2, 'blk.2.attn_norm.weight'",
                "llama.block_count, 4, lacks tensor",
                "llama.block_count, 4097, the limit is 4096",
                "llama.feed_forward_length, 111, the configuration wants",
                "llama.context_length, 16777217, must be 1 to 16777216"
            })
    void unsupported_options_are_named(String key, String value, String message) throws IOException {
        var path = converted("llama-tied", writer -> writer.put(key, typed(value)));
        try (var checkpoint = Checkpoints.open(path)) {
            assertThatThrownBy(() -> Decoders.of(checkpoint))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void a_tensor_without_a_place_is_refused() throws IOException {
        var path = converted("llama-tied", writer -> writer.tensor("blk.0.attn_q_norm.weight", List.of(1L), 1));
        try (var checkpoint = Checkpoints.open(path)) {
            assertThatThrownBy(() -> Decoders.of(checkpoint))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("'blk.0.attn_q_norm.weight' has no place");
        }
    }

    @Test
    void rotation_factors_must_be_positive_and_one_for_each_pair() throws IOException {
        for (var factors : List.of(new float[7], new float[8])) {
            var path = converted(
                    "llama-tied",
                    writer -> writer.tensor("rope_freqs.weight", List.of((long) factors.length), factors));
            try (var checkpoint = Checkpoints.open(path)) {
                assertThatThrownBy(() -> Decoders.of(checkpoint))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("rope_freqs.weight");
            }
        }
    }

    private static Object typed(String value) {
        if (value.equals("false")) {
            return false;
        }
        return value.chars().allMatch(Character::isDigit) ? (Object) Integer.valueOf(value) : value;
    }

    private Path converted(String golden, UnaryOperator<GgufWriter> more) throws IOException {
        try (var checkpoint = Checkpoints.open(Golden.path(golden))) {
            var decoder = Decoders.of(checkpoint);
            var spec = decoder.spec();
            var writer = new GgufWriter()
                    .put("general.architecture", "llama")
                    .put("llama.block_count", spec.layerCount())
                    .put("llama.context_length", spec.contextLength())
                    .put("llama.embedding_length", spec.hiddenSize())
                    .put("llama.feed_forward_length", spec.feedForward().size())
                    .put("llama.attention.head_count", spec.headCount())
                    .put("llama.attention.head_count_kv", spec.kvHeadCount())
                    .put("llama.attention.layer_norm_rms_epsilon", (float)
                            spec.norm().epsilon())
                    .put("llama.rope.freq_base", 10_000f)
                    .put("llama.rope.dimension_count", spec.headDimension())
                    .put("llama.attention.key_length", spec.headDimension());
            for (var tensor : checkpoint.tensors().values()) {
                writer.tensor(renamed(tensor.name()), tensor.shape(), rearranged(tensor, spec.headDimension()));
            }
            if (!golden.equals("llama-headdim-bias") && !golden.equals("llama-tied")) {
                writer.tensor("rope_freqs.weight", List.of(spec.headDimension() / 2L), ropeFactors(spec));
            } else {
                writer.put("llama.rope.freq_base", golden.equals("llama-tied") ? 100_000f : 10_000f);
            }
            return Files.write(folder.resolve("m.gguf"), more.apply(writer).toBytes());
        }
    }

    private static float[] ropeFactors(DecoderSpec spec) {
        var factors = new float[spec.ropes().getFirst().frequencies().size()];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (float) (Math.pow(10_000, -2.0 * i / spec.headDimension())
                    / spec.ropes().getFirst().frequencies().get(i));
        }
        return factors;
    }

    private static String renamed(String name) {
        var stem = name.substring(0, name.lastIndexOf('.'));
        var end = name.substring(name.lastIndexOf('.'));
        if (!stem.startsWith("model.layers.")) {
            return NAMES.get(stem) + end;
        }
        var parts = stem.split("\\.", 4);
        return "blk." + parts[2] + "." + NAMES.get(parts[3]) + end;
    }

    /** GGUF pairs neighboring rows of a head where Hugging Face pairs rows half a head apart. */
    private static float[] rearranged(Tensor tensor, int headDimension) {
        var values = Dequantizer.values(tensor);
        if (!tensor.name().contains(".q_proj.") && !tensor.name().contains(".k_proj.")) {
            return values;
        }
        int rows = Math.toIntExact(tensor.shape().getFirst());
        int columns = values.length / rows;
        var moved = new float[values.length];
        for (int row = 0; row < rows; row++) {
            int head = row / headDimension * headDimension;
            int pair = row % headDimension / 2;
            int from = head + pair + row % 2 * headDimension / 2;
            System.arraycopy(values, from * columns, moved, row * columns, columns);
        }
        return moved;
    }
}
