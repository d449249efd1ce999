package io.weighbridge.inference.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Runs the decoder's TorchScript: one native call a step. Weights and KV memory go in as lists made once; embeddings are
 * looked up here, row by row from the mapped file, so that the table is never widened. Owned by one thread.
 */
final class DjlModelRunner implements ModelRunner {
    private final Decoder decoder;
    private final Numerics numerics;
    private final int kvCapacityTokens;
    private final TorchModule module;
    private final PackedLinear packer;
    private final List<IValue> resident = new ArrayList<>();
    private final IValue weights; // per layer: norm, qkv x3, output x3, norm, gate-up x3, down x3; then norm, head x3
    private final IValue kv; // per layer: keys, then values (1, 2 * kvHeads, places, headDimension)
    private final IValue cosines; // (context, headDimension or half of it)
    private final IValue sines;
    private final IValue shape;
    private final IValue numbers;

    DjlModelRunner(Decoder decoder, Numerics numerics, int kvCapacityTokens) {
        this.decoder = decoder;
        this.numerics = numerics;
        this.kvCapacityTokens = kvCapacityTokens;
        this.module = TorchModule.load();
        this.packer = new PackedLinear(module, module.manager(), numerics);
        try {
            weights = keep(TorchModule.list(weights()));
            kv = keep(TorchModule.list(kvMemory()));
            var rope = RopeTables.of(decoder.spec());
            cosines = keep(IValue.from(ropeTable(rope.cosines(), rope.width())));
            sines = keep(IValue.from(ropeTable(rope.sines(), rope.width())));
            shape = keep(IValue.listFrom(shape()));
            numbers = keep(
                    IValue.listFrom(decoder.spec().normEpsilon(), decoder.spec().attentionScale()));
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
    public int kvCapacityTokens() {
        return kvCapacityTokens;
    }

    @Override
    public float[][] run(Batch batch) {
        try (var scratch = (PtNDManager) module.manager().newSubManager();
                var embeddings = IValue.from(embeddings(scratch, batch));
                var slices = IValue.listFrom(slices(batch))) {
            var logits = module.call(scratch, "step", embeddings, weights, kv, cosines, sines, slices, shape, numbers);
            return rows(batch, logits);
        }
    }

    private float[][] rows(Batch batch, PtNDArray logits) {
        var result = new float[batch.slices().size()][];
        var anyWanted = batch.slices().stream().anyMatch(Batch.Slice::logitsWanted);
        var flat = anyWanted ? logits.toFloatArray() : new float[0];
        var at = 0;
        for (int i = 0; i < result.length; i++) {
            var size = batch.slices().get(i).logitsWanted() ? vocabularySize() : 0;
            result[i] = Arrays.copyOfRange(flat, at, at + size);
            at += size;
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
        return TorchModule.floats(scratch, values, row, hidden);
    }

    private static long[] slices(Batch batch) {
        return batch.slices().stream()
                .flatMapToLong(slice -> LongStream.of(
                        slice.tokenIds().length, slice.position(), slice.kvStart(), slice.logitsWanted() ? 1 : 0))
                .toArray();
    }

    private List<PtNDArray> weights() {
        var all = new ArrayList<PtNDArray>();
        for (var layer : decoder.tensors().layers()) {
            all.add(packer.norm(layer.attentionNorm()));
            all.addAll(packer.pack(layer.query(), layer.key(), layer.value()));
            all.addAll(packer.pack(layer.output()));
            all.add(packer.norm(layer.feedForwardNorm()));
            all.addAll(packer.pack(layer.gate(), layer.up()));
            all.addAll(packer.pack(layer.down()));
        }
        all.add(packer.norm(decoder.tensors().finalNorm()));
        all.addAll(new PackedLinear(module, module.manager(), numerics.ofHead(decoder))
                .pack(decoder.tensors().head()));
        return all;
    }

    private List<PtNDArray> kvMemory() {
        var spec = decoder.spec();
        var size = new Shape(1, 2L * spec.kvHeadCount(), kvCapacityTokens, spec.headDimension());
        var all = new ArrayList<PtNDArray>();
        for (int i = 0; i < spec.layerCount(); i++) {
            all.add((PtNDArray) module.manager().zeros(size, DataType.FLOAT32));
        }
        return all;
    }

    private PtNDArray ropeTable(float[] values, int width) {
        return TorchModule.floats(module.manager(), values, decoder.spec().contextLength(), width);
    }

    private long[] shape() {
        var spec = decoder.spec();
        return new long[] {
            spec.layerCount(),
            spec.headCount(),
            spec.kvHeadCount(),
            spec.headDimension(),
            spec.ropeLayout() == DecoderSpec.RopeLayout.HALVES ? 0 : 1,
            PackedLinear.kind(numerics),
            PackedLinear.kind(numerics.ofHead(decoder)),
            biased() ? 1 : 0
        };
    }

    private boolean biased() {
        return decoder.tensors().layers().stream()
                .flatMap(layer -> Stream.of(
                        layer.query(),
                        layer.key(),
                        layer.value(),
                        layer.output(),
                        layer.gate(),
                        layer.up(),
                        layer.down()))
                .anyMatch(linear -> linear.bias() != null);
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
