package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.GgufWriter;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.DecoderTensors.Dense;
import io.weighbridge.engine.decoder.DecoderTensors.Layer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Mixture;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns a decoder read from a folder into the tensors that llama.cpp's converter writes for it: other names, joined where the architecture
 * has them joined, experts in one tensor, rows of queries and keys in the order of interleaved rotation. Test code; what makes it
 * trustworthy is that its tensors have the digests of llama.cpp's own.
 */
final class ConvertedGguf {
    /** Architectures that rotate interleaved pairs, whose weights come in halves. */
    private static final List<String> PERMUTED = List.of("llama", "granite", "smollm3", "mistral3", "granitemoe");

    private static final List<String> JOINED = List.of("gpt2", "bloom", "gptneox", "falcon", "phi3");

    /** One tensor of the file: values in float32, or blocks as they are. */
    record Stored(TensorType type, List<Long> shape, byte[] data) {}

    private final Map<String, Stored> tensors = new TreeMap<>();
    private final DecoderSpec spec;
    private final String architecture;

    private ConvertedGguf(Decoder decoder, String architecture) {
        this.spec = decoder.spec();
        this.architecture = architecture;
        var source = decoder.tensors();
        put("token_embd.weight", source.embedding());
        if (source.positions() != null) {
            // OPT's first rows, which no token uses, have no counterpart.
            put("position_embd.weight", source.positions());
        }
        norm("token_embd_norm", source.embeddingNorm());
        norm("output_norm", source.finalNorm());
        if (source.head().weight() != source.embedding()) {
            linear("output", source.head(), spec.vocabularySize());
        }
        for (int i = 0; i < source.layers().size(); i++) {
            layer("blk.%d.".formatted(i), source.layers().get(i));
        }
    }

    static Map<String, Stored> of(Decoder decoder, String architecture) {
        return new ConvertedGguf(decoder, architecture).tensors;
    }

    static void write(Map<String, Stored> tensors, GgufWriter writer) {
        tensors.forEach((name, stored) -> writer.tensor(name, stored.type(), stored.shape(), stored.data()));
    }

    private void layer(String at, Layer layer) {
        norm(at + "attn_norm", layer.attentionNorm());
        if (JOINED.contains(architecture)) {
            joined(at + "attn_qkv", List.of(layer.query(), layer.key(), layer.value()));
        } else {
            linear(at + "attn_q", layer.query(), spec.headCount());
            linear(at + "attn_k", layer.key(), spec.kvHeadCount());
            linear(at + "attn_v", layer.value(), 0);
        }
        norm(at + "attn_q_norm", layer.queryNorm());
        norm(at + "attn_k_norm", layer.keyNorm());
        if (layer.sinks() != null) {
            put(at + "attn_sinks.weight", layer.sinks());
        }
        linear(at + "attn_output", layer.output(), 0);
        norm(at + "post_attention_norm", layer.postAttentionNorm());
        norm(at + (architecture.equals("gpt-oss") ? "post_attention_norm" : "ffn_norm"), layer.feedForwardNorm());
        norm(at + "post_ffw_norm", layer.postFeedForwardNorm());
        switch (layer.feedForward()) {
            case Dense dense
            when architecture.equals("phi3") -> {
                joined(at + "ffn_up", List.of(present(dense.gate()), dense.up()));
                linear(at + "ffn_down", dense.down(), 0);
            }
            case Dense dense -> {
                if (dense.gate() != null) {
                    linear(at + "ffn_gate", dense.gate(), 0);
                }
                linear(at + "ffn_up", dense.up(), 0);
                linear(at + "ffn_down", dense.down(), 0);
            }
            case Mixture mixture -> {
                linear(at + "ffn_gate_inp", mixture.router(), 0);
                stacked(at + "ffn_gate_exps", mixture, dense -> present(dense.gate()));
                stacked(at + "ffn_up_exps", mixture, Dense::up);
                stacked(at + "ffn_down_exps", mixture, Dense::down);
            }
        }
    }

    private static Linear present(@Nullable Linear linear) {
        return Objects.requireNonNull(linear);
    }

    private void norm(String name, @Nullable Norm norm) {
        if (norm != null) {
            put(name + ".weight", norm.weight());
            if (norm.bias() != null) {
                put(name + ".bias", norm.bias());
            }
        }
    }

    /** {@code heads} above 0: of queries or keys, whose rows may change their order. */
    private void linear(String name, Linear linear, int heads) {
        boolean permuted = heads > 0 && name.contains("attn_") && PERMUTED.contains(architecture);
        put(name + ".weight", permuted ? permuted(linear.weight()) : linear.weight());
        if (linear.bias() != null) {
            put(name + ".bias", permuted ? permuted(linear.bias()) : linear.bias());
        }
    }

    /** Rows i and i + n/2 of a head become rows 2i and 2i + 1. */
    private Tensor permuted(Tensor tensor) {
        int dimension = spec.headDimension();
        int half = dimension / 2;
        int rows = Math.toIntExact(tensor.shape().getFirst());
        return TensorViews.gathered(
                tensor, tensor.name(), rows, row -> row / dimension * dimension + row % dimension / 2 + row % 2 * half);
    }

    private void joined(String name, List<Linear> parts) {
        join(name + ".weight", parts.stream().map(Linear::weight).toList(), false);
        if (parts.getFirst().bias() != null) {
            join(
                    name + ".bias",
                    parts.stream()
                            .map(part -> Objects.requireNonNull(part.bias()))
                            .toList(),
                    false);
        }
    }

    private void stacked(String name, Mixture mixture, Function<Dense, Linear> part) {
        var parts = mixture.experts().stream().map(part).toList();
        join(name + ".weight", parts.stream().map(Linear::weight).toList(), true);
        if (parts.getFirst().bias() != null) {
            join(
                    name + ".bias",
                    parts.stream()
                            .map(one -> Objects.requireNonNull(one.bias()))
                            .toList(),
                    true);
        }
    }

    private void join(String name, List<Tensor> parts, boolean stacked) {
        var bytes = new ByteArrayOutputStream();
        parts.forEach(part -> bytes.writeBytes(stored(part).data()));
        var shape = new ArrayList<>(parts.getFirst().shape());
        if (stacked) {
            shape.addFirst((long) parts.size());
        } else {
            shape.set(
                    0, parts.stream().mapToLong(part -> part.shape().getFirst()).sum());
        }
        tensors.put(name, new Stored(stored(parts.getFirst()).type(), shape, bytes.toByteArray()));
    }

    private void put(String name, Tensor tensor) {
        tensors.put(name, stored(tensor));
    }

    private static Stored stored(Tensor tensor) {
        if (tensor.type() == TensorType.MXFP4) {
            return new Stored(tensor.type(), tensor.shape(), tensor.data().toArray(ValueLayout.JAVA_BYTE));
        }
        var values = Dequantizer.values(tensor);
        var bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return new Stored(TensorType.F32, tensor.shape(), bytes.array());
    }
}
