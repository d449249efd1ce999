package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/**
 * gpt-oss's experts: all of a layer in one tensor, gate and up in alternating outputs, weights either plain and transposed ([experts,
 * inputs, outputs]) or in MXFP4 ([experts, outputs, blocks, 16] with scales apart). They become one tensor for each layer of each expert.
 */
final class GptOssExperts {
    /** Values that share a scale. */
    private static final int BLOCK = 32;

    private static final int NIBBLE_BYTES = BLOCK / 2;

    private GptOssExperts() {}

    static void move(TensorTable table, DecoderDraft draft, int layer, String at) {
        var experts = Objects.requireNonNull(draft.experts).count();
        int hidden = draft.hiddenSize;
        int inner = draft.feedForwardSize;
        boolean blocks = table.has(at + "gate_up_proj_blocks");
        var gateUp = blocks ? null : table.take(at + "gate_up_proj");
        var down = blocks ? null : table.take(at + "down_proj");
        var gateUpBias = shaped(table.take(at + "gate_up_proj_bias"), experts, 2L * inner);
        var downBias = shaped(table.take(at + "down_proj_bias"), experts, hidden);
        for (int expert = 0; expert < experts; expert++) {
            var role = "%d.%d.".formatted(layer, expert);
            var joined = gateUp == null
                    ? blocks(table, at + "gate_up_proj", experts, expert, 2 * inner, hidden)
                    : plain(gateUp, experts, expert, hidden, 2 * inner);
            var joinedBias = TensorViews.element(gateUpBias, gateUpBias.name(), expert);
            put(table, role + "gate", joined, joinedBias, inner, row -> 2 * row);
            put(table, role + "up", joined, joinedBias, inner, row -> 2 * row + 1);
            table.put(
                    role + "down.weight",
                    down == null
                            ? blocks(table, at + "down_proj", experts, expert, hidden, inner)
                            : plain(down, experts, expert, inner, hidden));
            table.put(role + "down.bias", TensorViews.element(downBias, downBias.name(), expert));
        }
    }

    private static void put(
            TensorTable table, String role, Tensor weight, Tensor bias, int rows, IntUnaryOperator from) {
        table.put(role + ".weight", TensorViews.gathered(weight, weight.name(), rows, from));
        table.put(role + ".bias", TensorViews.gathered(bias, bias.name(), rows, from));
    }

    private static Tensor plain(Tensor all, int experts, int expert, int inputs, int outputs) {
        var one = TensorViews.element(shaped(all, experts, inputs, outputs), all.name(), expert);
        return TensorViews.transposed(one, all.name());
    }

    /** One expert's blocks in ggml's layout: scale, then nibbles with values i and i + 16 in a byte instead of 2i and 2i + 1. */
    private static Tensor blocks(TensorTable table, String name, int experts, int expert, int outputs, int inputs) {
        if (inputs % BLOCK != 0) {
            throw new CheckpointException("%s has %d inputs, no multiple of %d".formatted(name, inputs, BLOCK));
        }
        long perRow = inputs / BLOCK;
        var nibbles = shaped(table.take(name + "_blocks"), experts, outputs, perRow, NIBBLE_BYTES);
        var scales = shaped(table.take(name + "_scales"), experts, outputs, perRow);
        if (nibbles.type() != TensorType.U8 || scales.type() != TensorType.U8) {
            throw new CheckpointException("tensor '%s' must be of type U8".formatted(nibbles.name()));
        }
        long count = outputs * perRow;
        var data = Arena.ofAuto().allocate(count * TensorType.MXFP4.blockBytes());
        for (long block = 0; block < count; block++) {
            long stored = expert * count + block;
            long to = block * TensorType.MXFP4.blockBytes();
            data.set(ValueLayout.JAVA_BYTE, to, scales.data().get(ValueLayout.JAVA_BYTE, stored));
            for (int i = 0; i < NIBBLE_BYTES; i++) {
                int low = nibble(nibbles, stored, i);
                int high = nibble(nibbles, stored, i + NIBBLE_BYTES);
                data.set(ValueLayout.JAVA_BYTE, to + 1 + i, (byte) (low | high << 4));
            }
        }
        return new Tensor(nibbles.name(), TensorType.MXFP4, List.of((long) outputs, (long) inputs), data.asReadOnly());
    }

    private static int nibble(Tensor nibbles, long block, int value) {
        int pair = nibbles.data().get(ValueLayout.JAVA_BYTE, block * NIBBLE_BYTES + value / 2);
        return (value % 2 == 0 ? pair : pair >> 4) & 0xf;
    }

    private static Tensor shaped(Tensor tensor, long... shape) {
        TensorBinder.requireShape(tensor, java.util.Arrays.stream(shape).boxed().toList());
        return tensor;
    }
}
