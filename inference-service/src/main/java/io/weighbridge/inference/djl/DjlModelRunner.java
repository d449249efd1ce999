package io.weighbridge.inference.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec.Norm;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import io.weighbridge.engine.decoder.DecoderTensors;
import io.weighbridge.engine.decoder.DecoderTensors.Dense;
import io.weighbridge.engine.decoder.DecoderTensors.Mixture;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the decoder's TorchScript: one native call a step. Weights and KV memory go in as lists made once; embeddings are
 * looked up here, row by row from the mapped file, so that the table is never widened. Owned by one thread.
 */
final class DjlModelRunner implements ModelRunner {
    private final Decoder decoder;
    private final Numerics numerics;
    private final int kvBlockCount;
    private final TorchModule module;
    private final PackedLinear packer;
    private final List<IValue> resident = new ArrayList<>();
    private final IValue weights; // in the order that the TorchScript names
    private final IValue kv; // per layer: keys, then values (1, 2 * kvHeads, places, headDimension)
    private final IValue ropes; // per rotation: cosines, sines (context, width)
    private final IValue slopes; // (heads), or empty
    private final IValue kinds;
    private final IValue shape;
    private final IValue numbers;

    DjlModelRunner(Decoder decoder, Numerics numerics, int kvCapacityTokens) {
        this.decoder = decoder;
        this.numerics = numerics;
        this.kvBlockCount = Math.ceilDiv(kvCapacityTokens, KV_BLOCK_TOKENS);
        this.module = TorchModule.decoder();
        this.packer = new PackedLinear(module, module.manager(), numerics);
        try {
            weights = keep(TorchModule.list(weights()));
            kv = keep(TorchModule.list(kvMemory()));
            ropes = keep(TorchModule.list(ropeTables()));
            var alibi = decoder.spec().attention().alibi()
                    ? Alibi.slopes(
                            decoder.spec().headCount(),
                            decoder.spec().attention().alibiScale())
                    : new float[0];
            slopes = keep(IValue.from(TorchModule.floats(module.manager(), alibi, alibi.length)));
            kinds = keep(IValue.listFrom(TorchShape.kinds(decoder)));
            shape = keep(IValue.listFrom(TorchShape.shape(decoder, numerics)));
            numbers = keep(IValue.listFrom(TorchShape.numbers(decoder.spec())));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public int vocabularySize() {
        return decoder.spec().vocabularySize();
    }

    @Override
    public int contextLength() {
        return decoder.spec().contextLength();
    }

    @Override
    public int kvBlockCount() {
        return kvBlockCount;
    }

    @Override
    public float[][] run(Batch batch) {
        try (var scratch = (PtNDManager) module.manager().newSubManager();
                var embeddings = IValue.from(embeddings(scratch, batch));
                var slices = IValue.listFrom(slices(batch));
                var places = IValue.from(places(scratch, batch))) {
            for (var copy : batch.copies()) {
                copy(scratch, copy);
            }
            var logits = module.call(
                    scratch, "step", embeddings, weights, kv, ropes, slopes, slices, places, kinds, shape, numbers);
            return rows(batch, logits);
        }
    }

    private void copy(PtNDManager scratch, Batch.Copy copy) {
        Objects.checkIndex(copy.fromBlock(), kvBlockCount);
        Objects.checkIndex(copy.toBlock(), kvBlockCount);
        try (var source = IValue.from((long) copy.fromBlock() * KV_BLOCK_TOKENS);
                var target = IValue.from((long) copy.toBlock() * KV_BLOCK_TOKENS);
                var count = IValue.from((long) KV_BLOCK_TOKENS)) {
            module.call(scratch, "copy_places", kv, source, target, count);
        }
    }

    private float[][] rows(Batch batch, PtNDArray logits) {
        var result = new float[batch.logitsCount()][];
        var flat = result.length > 0 ? logits.toFloatArray() : new float[0];
        for (int i = 0; i < result.length; i++) {
            result[i] = Arrays.copyOfRange(flat, i * vocabularySize(), (i + 1) * vocabularySize());
        }
        return result;
    }

    private PtNDArray embeddings(PtNDManager scratch, Batch batch) {
        var table = decoder.tensors().embedding();
        var hidden = decoder.spec().hiddenSize();
        var values = new float[Math.multiplyExact(batch.tokenCount(), hidden)];
        var row = 0;
        for (var slice : batch.slices()) {
            for (var tokenId : slice.tokenIds()) {
                Objects.checkIndex(tokenId, vocabularySize());
                Dequantizer.rows(table, tokenId, 1, values, row * hidden);
                row++;
            }
        }
        scale(values);
        addPositions(batch, values);
        return TorchModule.floats(scratch, values, row, hidden);
    }

    private static long[] slices(Batch batch) {
        return batch.slices().stream()
                .flatMapToLong(slice ->
                        LongStream.of(slice.tokenIds().length, slice.position(), start(slice), slice.logitsCount()))
                .toArray();
    }

    /** Where the sequence begins if its blocks lie one after the other, else -1. */
    private static long start(Batch.Slice slice) {
        var blocks = slice.blocks();
        for (int i = 1; i < blocks.length; i++) {
            if (blocks[i] != blocks[0] + i) {
                return -1;
            }
        }
        return (long) blocks[0] * KV_BLOCK_TOKENS;
    }

    private PtNDArray places(PtNDManager scratch, Batch batch) {
        var places = batch.slices().stream()
                .flatMapToLong(slice -> LongStream.range(0, slice.position() + slice.tokenIds().length)
                        .map(position -> slice.place((int) position)))
                .toArray();
        for (long place : places) {
            Objects.checkIndex(place, (long) kvBlockCount * KV_BLOCK_TOKENS);
        }
        return (PtNDArray) scratch.create(places);
    }

    private void scale(float[] values) {
        var scale = (float) decoder.spec().embeddingScale();
        if (scale != 1) {
            for (int i = 0; i < values.length; i++) {
                values[i] *= scale;
            }
        }
    }

    private void addPositions(Batch batch, float[] values) {
        var positions = decoder.tensors().positions();
        if (positions == null) {
            return;
        }
        var learned = new float[decoder.spec().hiddenSize()];
        var at = 0;
        for (var slice : batch.slices()) {
            for (int i = 0; i < slice.tokenIds().length; i++) {
                Objects.checkIndex(slice.position() + i, contextLength());
                var row = slice.position() + i + decoder.spec().positionOffset();
                Dequantizer.rows(positions, row, 1, learned, 0);
                for (float value : learned) {
                    values[at++] += value;
                }
            }
        }
    }

    private List<PtNDArray> weights() {
        var tensors = decoder.tensors();
        var wide = new PackedLinear(module, module.manager(), Numerics.F32);
        var all = new ArrayList<PtNDArray>(norm(tensors.embeddingNorm(), Norm.Kind.LAYER));
        var queryKeyNorm = decoder.spec().attention().queryKeyNorm() == QueryKeyNorm.EACH_HEAD_APART
                ? Norm.Kind.LAYER
                : Norm.Kind.RMS;
        for (var layer : tensors.layers()) {
            var first = all.size();
            all.addAll(norm(layer.attentionNorm()));
            all.addAll(packer.pack(layer.query(), layer.key(), layer.value()));
            all.addAll(norm(layer.queryNorm(), queryKeyNorm));
            all.addAll(norm(layer.keyNorm(), queryKeyNorm));
            var sinks = layer.sinks();
            all.add(sinks == null ? packer.empty() : packer.values(sinks));
            all.addAll(packer.pack(layer.output()));
            all.addAll(norm(layer.postAttentionNorm()));
            all.addAll(norm(layer.feedForwardNorm()));
            all.addAll(
                    layer.feedForward() instanceof Mixture mixture
                            ? wide.pack(mixture.router())
                            : List.of(packer.empty(), packer.empty(), packer.empty()));
            all.addAll(norm(layer.postFeedForwardNorm()));
            switch (layer.feedForward()) {
                case Dense dense -> all.addAll(dense(dense));
                case Mixture mixture -> {
                    mixture.experts().forEach(expert -> all.addAll(dense(expert)));
                    if (mixture.shared() != null) {
                        all.addAll(dense(mixture.shared()));
                    }
                    if (mixture.sharedGate() != null) {
                        all.addAll(wide.pack(mixture.sharedGate()));
                    }
                }
            }
            while (all.size() < first + TorchShape.places(decoder)) {
                all.add(packer.empty());
            }
        }
        all.addAll(norm(tensors.finalNorm()));
        all.addAll(new PackedLinear(module, module.manager(), numerics.ofHead(decoder)).pack(tensors.head()));
        return all;
    }

    private List<PtNDArray> dense(Dense dense) {
        var gate = dense.gate();
        var all = new ArrayList<>(gate == null ? packer.pack(dense.up()) : packer.pack(gate, dense.up()));
        all.addAll(packer.pack(dense.down()));
        return all;
    }

    private List<PtNDArray> norm(DecoderTensors.@Nullable Norm norm) {
        return norm(norm, decoder.spec().norm().kind());
    }

    private List<PtNDArray> norm(DecoderTensors.@Nullable Norm norm, Norm.Kind kind) {
        if (norm == null) {
            return List.of(packer.empty(), packer.empty());
        }
        var bias = norm.bias();
        return List.of(
                kind == Norm.Kind.RMS ? packer.twice(norm.weight()) : packer.values(norm.weight()),
                bias == null ? packer.empty() : packer.values(bias));
    }

    private List<PtNDArray> kvMemory() {
        var spec = decoder.spec();
        var size = new Shape(1, 2L * spec.kvHeadCount(), (long) kvBlockCount * KV_BLOCK_TOKENS, spec.headDimension());
        var all = new ArrayList<PtNDArray>();
        for (int i = 0; i < spec.layerCount(); i++) {
            all.add((PtNDArray) module.manager().zeros(size, DataType.FLOAT32));
        }
        return all;
    }

    private List<PtNDArray> ropeTables() {
        var all = new ArrayList<PtNDArray>();
        for (var rope : decoder.spec().ropes()) {
            var tables = RopeTables.of(rope, decoder.spec().headDimension(), contextLength());
            all.add(TorchModule.floats(module.manager(), tables.cosines(), contextLength(), tables.width()));
            all.add(TorchModule.floats(module.manager(), tables.sines(), contextLength(), tables.width()));
        }
        // An empty list has no element type to cross the border with; nothing reads these two.
        if (all.isEmpty()) {
            all.add(packer.empty());
        }
        return all;
    }

    private IValue keep(IValue value) {
        resident.add(value);
        return value;
    }

    @Override
    public void close() {
        resident.forEach(IValue::close);
        resident.clear();
        module.close();
    }
}
