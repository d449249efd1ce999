package io.weighbridge.engine.fuzz;

import io.weighbridge.engine.checkpoint.GgufWriter;
import io.weighbridge.engine.checkpoint.TensorType;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Good GGUF files to begin with: a Llama of one layer, with values of every type in its metadata. */
final class GgufSeeds {
    /** Less than what the tensors take at the end of the file. */
    static final int DATA_BYTES = 8 * 64;

    private static final List<String> MATRICES = Stream.of(
                    "token_embd",
                    "blk.0.attn_q",
                    "blk.0.attn_k",
                    "blk.0.attn_v",
                    "blk.0.attn_output",
                    "blk.0.ffn_gate",
                    "blk.0.ffn_up",
                    "blk.0.ffn_down")
            .map(name -> name + ".weight")
            .toList();
    private static final List<String> NORMS =
            List.of("output_norm.weight", "blk.0.attn_norm.weight", "blk.0.ffn_norm.weight");

    private static final Set<TensorType> NOT_IN_GGUF =
            Set.of(TensorType.F8_E4M3, TensorType.F8_E5M2, TensorType.U8, TensorType.BOOL);

    private GgufSeeds() {}

    static byte[] single() {
        var writer = described();
        matrices(writer);
        norms(writer);
        return writer.toBytes();
    }

    /** The same in two shards: matrices in the first, norms in the second. */
    static byte[] shard(int index) {
        var writer = index == 0 ? described() : new GgufWriter();
        writer.put("split.no", index).put("split.count", 2).put("split.tensors.count", MATRICES.size() + NORMS.size());
        if (index == 0) {
            matrices(writer);
        } else {
            norms(writer);
        }
        return writer.toBytes();
    }

    /** A file with a tensor of two rows of every type that GGUF has, and of no model. */
    static byte[] everyType() {
        var writer = new GgufWriter().put("general.architecture", "none");
        var random = new Random(1);
        for (var type : TensorType.values()) {
            if (!NOT_IN_GGUF.contains(type)) {
                var data = new byte[2 * type.blockBytes()];
                random.nextBytes(data);
                writer.tensor(type.name(), type, List.of(2L, (long) type.blockSize()), data);
            }
        }
        return writer.toBytes();
    }

    private static GgufWriter described() {
        return new GgufWriter()
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
    }

    private static void matrices(GgufWriter writer) {
        MATRICES.forEach(name -> writer.tensor(name, List.of(4L, 4L), new float[16]));
    }

    private static void norms(GgufWriter writer) {
        NORMS.forEach(name -> writer.tensor(name, List.of(4L), 1, 1, 1, 1));
    }
}
