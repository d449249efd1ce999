package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderTensors;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.RunnerException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Runs a decoder over quantized weights in plain Java. Takes a batch apart into groups of at most {@link #TOKENS_MAX} tokens, which
 * go through all layers together, so that each weight is read once for all of them. The logits of a token are the same bits
 * whatever else is in the batch, however a prompt is cut into steps, and with any number of threads.
 */
public final class KernelModelRunner implements ModelRunner {
    /** Tokens that go through the layers together: enough to compute more than to read, few enough to stay in a core's cache. */
    static final int TOKENS_MAX = 64;

    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** Most threads, the calling one included. */
    public static final int THREADS_MAX = Workers.THREADS_MAX;

    /** Pieces of a product for each thread: enough that a thread that falls behind does not make others wait long. */
    private static final int TURNS_PER_THREAD = 8;

    private final Decoder decoder;
    private final DecoderSpec spec;
    private final Workers workers;
    private final Arena arena = Arena.ofShared();
    private final List<Layer> layers = new ArrayList<>();
    private final float[] finalNorm;
    private final KernelLinear head;
    private final KvMemory kv;
    private final Rotation rotation;
    private final Rows normed; // (tokens, hidden)
    private final float[] residual; // (tokens, hidden), strides as those of normed
    private final int[] projectionAt; // queries, keys and values of a token lie one after the other
    private final int projectionStride;
    private final float[] projections; // (tokens, heads + 2 * kvHeads, headDimension)
    private final Rows attended; // (tokens, heads * headDimension)
    private final Rows gated; // (tokens, feedForward)
    private final Place[] places = new Place[TOKENS_MAX];
    private final Bench[] benches;

    /** Where one token of a group belongs. */
    private record Place(Batch.Slice slice, int sliceIndex, int tokenIndex) {
        int position() {
            return slice.position() + tokenIndex;
        }

        boolean logitsWanted() {
            return slice.logitsWanted() && tokenIndex == slice.tokenIds().length - 1;
        }
    }

    private record Layer(
            float[] attentionNorm,
            KernelLinear query,
            KernelLinear key,
            KernelLinear value,
            KernelLinear output,
            float[] feedForwardNorm,
            KernelLinear gate,
            KernelLinear up,
            KernelLinear down) {}

    /** One worker's scratch memory. */
    private record Bench(float[] scratch, float[] tile, float[] otherTile, Attention attention) {}

    /** Takes {@code count} outputs of a token from {@code row} on; {@code part} says of which of the layers. */
    @FunctionalInterface
    private interface Outputs {
        void accept(int part, int token, int row, int count, float[] results, int from);
    }

    /** Whether these kernels can run such a decoder. */
    public static boolean supports(DecoderSpec spec) {
        var attention = spec.attention();
        return spec.norm().kind() == DecoderSpec.Norm.Kind.RMS
                && spec.embeddingScale() == 1
                && spec.ropes().size() == 1
                && spec.ropes().getFirst().later() == null
                && 2 * spec.ropes().getFirst().frequencies().size() == spec.headDimension()
                && spec.layers().stream().allMatch(new LayerKind(0, LayerKind.NO_WINDOW)::equals)
                && attention.equals(DecoderSpec.Attention.scaled(attention.scale()))
                && spec.feedForward().gated()
                && spec.feedForward().activation() == DecoderSpec.Activation.SILU
                && spec.feedForward().experts() == null
                && spec.residual().equals(DecoderSpec.Residual.PLAIN)
                && spec.output().equals(DecoderSpec.Output.PLAIN);
    }

    /** Bytes of keys and values once all {@code places} have been written. */
    public static long kvBytes(DecoderSpec spec, int places) {
        return KvMemory.bytes(spec, places);
    }

    /**
     * Lays the weights out in memory. {@code threads} includes the calling one; {@code kvCapacityTokens} are the places of the KV
     * memory.
     */
    public KernelModelRunner(
            Decoder decoder, WeightBits layerBits, WeightBits headBits, int kvCapacityTokens, int threads) {
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            throw new RunnerException(
                    "int4 and int8 need the Vector API: start Java with --add-modules " + VECTOR_MODULE, null);
        }
        if (!supports(decoder.spec())) {
            throw new IllegalArgumentException("the kernels are for blocks as Llama has them; this decoder differs");
        }
        this.decoder = decoder;
        spec = decoder.spec();
        workers = new Workers(threads);
        kv = new KvMemory(spec, kvCapacityTokens, arena);
        rotation = new Rotation(spec, TOKENS_MAX);
        normed = new Rows(TOKENS_MAX, spec.hiddenSize());
        residual = new float[normed.values.length];
        int queryCount = spec.headCount() * spec.headDimension();
        int keyCount = spec.kvHeadCount() * spec.headDimension();
        projectionAt = new int[] {0, queryCount, queryCount + keyCount};
        projectionStride = queryCount + 2 * keyCount;
        projections = new float[TOKENS_MAX * projectionStride];
        attended = new Rows(TOKENS_MAX, queryCount);
        gated = new Rows(TOKENS_MAX, spec.feedForward().size());
        benches = new Bench[threads];
        try {
            for (var layer : decoder.tensors().layers()) {
                layers.add(layer(layer, layerBits));
            }
            finalNorm = norm(decoder.tensors().finalNorm());
            head = KernelLinear.of(decoder.tensors().head(), headBits, arena, workers);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        int blocksMax = Math.max(normed.blocks, Math.max(attended.blocks, gated.blocks));
        Arrays.setAll(
                benches,
                i -> new Bench(
                        new float[TiledMatrix.scratchFloats(blocksMax)],
                        new float[TOKENS_MAX * Lanes.TILE_ROWS],
                        new float[TOKENS_MAX * Lanes.TILE_ROWS],
                        new Attention(kv, spec.headDimension(), spec.contextLength())));
    }

    private Layer layer(DecoderTensors.Layer stored, WeightBits bits) {
        var feedForward = (DecoderTensors.Dense) stored.feedForward();
        return new Layer(
                norm(Objects.requireNonNull(stored.attentionNorm())),
                KernelLinear.of(stored.query(), bits, arena, workers),
                KernelLinear.of(stored.key(), bits, arena, workers),
                KernelLinear.of(stored.value(), bits, arena, workers),
                KernelLinear.of(stored.output(), bits, arena, workers),
                norm(Objects.requireNonNull(stored.feedForwardNorm())),
                KernelLinear.of(Objects.requireNonNull(feedForward.gate()), bits, arena, workers),
                KernelLinear.of(feedForward.up(), bits, arena, workers),
                KernelLinear.of(feedForward.down(), bits, arena, workers));
    }

    private float[] norm(DecoderTensors.Norm stored) {
        return Arrays.copyOf(Dequantizer.values(stored.weight()), normed.stride);
    }

    @Override
    public int vocabularySize() {
        return spec.vocabularySize();
    }

    @Override
    public int contextLength() {
        return spec.contextLength();
    }

    @Override
    public int kvCapacityTokens() {
        return kv.capacity;
    }

    @Override
    public float[][] run(Batch batch) {
        var logits = new float[batch.slices().size()][0];
        int count = 0;
        for (int i = 0; i < logits.length; i++) {
            var slice = batch.slices().get(i);
            for (int j = 0; j < slice.tokenIds().length; j++) {
                Objects.checkIndex(slice.tokenIds()[j], spec.vocabularySize());
                Objects.checkIndex(slice.position() + j, spec.contextLength());
                kv.reserve(slice.kvStart() + slice.position() + j);
                places[count++] = new Place(slice, i, j);
                if (count == TOKENS_MAX) {
                    run(count, logits);
                    count = 0;
                }
            }
        }
        run(count, logits);
        return logits;
    }

    private void run(int count, float[][] logits) {
        if (count == 0) {
            return;
        }
        workers.run(count, (token, worker) -> {
            var place = places[token];
            int tokenId = place.slice().tokenIds()[place.tokenIndex()];
            Dequantizer.rows(decoder.tensors().embedding(), tokenId, 1, residual, normed.at(token));
            rotation.place(token, place.position());
        });
        for (int index = 0; index < layers.size(); index++) {
            var layer = layers.get(index);
            norm(count, layer.attentionNorm(), layer.query());
            product(normed, count, this::keepProjection, layer.query(), layer.key(), layer.value());
            attention(count, index);
            prepare(attended, count, layer.output());
            product(attended, count, this::addToResidual, layer.output());
            norm(count, layer.feedForwardNorm(), layer.gate());
            gate(count, layer.gate(), layer.up());
            prepare(gated, count, layer.down());
            product(gated, count, this::addToResidual, layer.down());
        }
        head(count, logits);
    }

    private void norm(int count, float[] weights, KernelLinear reader) {
        workers.run(count, (token, worker) -> {
            norm(token, token, weights);
            reader.weight().prepare(normed, token);
        });
    }

    private void norm(int from, int to, float[] weights) {
        Elementwise.rmsNorm(
                residual,
                normed.at(from),
                spec.hiddenSize(),
                weights,
                (float) spec.norm().epsilon(),
                normed.values,
                normed.at(to));
    }

    private void prepare(Rows rows, int count, KernelLinear reader) {
        workers.run(count, (token, worker) -> reader.weight().prepare(rows, token));
    }

    /** Products of the same rows with one or more layers. */
    private void product(Rows inputs, int count, Outputs outputs, KernelLinear... linears) {
        int tiles = Arrays.stream(linears).mapToInt(KernelLinear::tiles).sum();
        forTiles(tiles, (index, worker) -> {
            int part = 0;
            int tile = index;
            while (tile >= linears[part].tiles()) {
                tile -= linears[part].tiles();
                part++;
            }
            var bench = benches[worker];
            var linear = linears[part];
            linear.tile(tile, inputs, count, bench.scratch(), bench.tile());
            for (int token = 0; token < count; token++) {
                outputs.accept(
                        part,
                        token,
                        tile * Lanes.TILE_ROWS,
                        linear.weight().rowsIn(tile),
                        bench.tile(),
                        token * Lanes.TILE_ROWS);
            }
        });
    }

    private void forTiles(int tiles, Workers.Turn turn) {
        int tilesPerTurn = Math.max(1, tiles / (workers.count() * TURNS_PER_THREAD));
        workers.run(Math.ceilDiv(tiles, tilesPerTurn), (index, worker) -> {
            int end = Math.min(tiles, (index + 1) * tilesPerTurn);
            for (int tile = index * tilesPerTurn; tile < end; tile++) {
                turn.run(tile, worker);
            }
        });
    }

    private void addToResidual(int part, int token, int row, int count, float[] results, int from) {
        Elementwise.add(results, from, count, residual, normed.at(token) + row);
    }

    private void keepProjection(int part, int token, int row, int count, float[] results, int from) {
        System.arraycopy(results, from, projections, token * projectionStride + projectionAt[part] + row, count);
    }

    private void attention(int count, int layer) {
        workers.run(count, (token, worker) -> storeKeysAndValues(token, layer));
        int heads = spec.headCount();
        workers.run(count * heads, (turn, worker) -> {
            attend(turn / heads, turn % heads, layer, benches[worker].attention());
        });
    }

    private void storeKeysAndValues(int token, int layer) {
        int place = places[token].slice().kvStart() + places[token].position();
        for (int kvHead = 0; kvHead < spec.kvHeadCount(); kvHead++) {
            int keyFrom = token * projectionStride + projectionAt[1] + kvHead * spec.headDimension();
            int valueFrom = token * projectionStride + projectionAt[2] + kvHead * spec.headDimension();
            rotation.rotate(token, projections, keyFrom, 1);
            kv.store(layer, kvHead, place, projections, keyFrom, projections, valueFrom);
        }
    }

    private void attend(int token, int head, int layer, Attention attention) {
        var place = places[token];
        int from = token * projectionStride + head * spec.headDimension();
        rotation.rotate(token, projections, from, (float) spec.attention().scale());
        attention.attend(
                layer,
                head / (spec.headCount() / spec.kvHeadCount()),
                place.slice().kvStart(),
                place.position() + 1,
                projections,
                from,
                attended.values,
                attended.at(token) + head * spec.headDimension());
    }

    private void gate(int count, KernelLinear gate, KernelLinear up) {
        forTiles(gate.tiles(), (tile, worker) -> {
            var bench = benches[worker];
            gate.tile(tile, normed, count, bench.scratch(), bench.tile());
            up.tile(tile, normed, count, bench.scratch(), bench.otherTile());
            for (int token = 0; token < count; token++) {
                int from = token * Lanes.TILE_ROWS;
                Elementwise.gate(bench.tile(), bench.otherTile(), from);
                System.arraycopy(
                        bench.tile(),
                        from,
                        gated.values,
                        gated.at(token) + tile * Lanes.TILE_ROWS,
                        gate.weight().rowsIn(tile));
            }
        });
    }

    private void head(int count, float[][] logits) {
        var wanted = new float[count][];
        int rows = 0;
        for (int token = 0; token < count; token++) {
            if (places[token].logitsWanted()) {
                wanted[rows] = new float[spec.vocabularySize()];
                logits[places[token].sliceIndex()] = wanted[rows];
                norm(token, rows, finalNorm);
                head.weight().prepare(normed, rows);
                rows++;
            }
        }
        if (rows > 0) {
            product(
                    normed,
                    rows,
                    (part, token, row, size, results, from) ->
                            System.arraycopy(results, from, wanted[token], row, size),
                    head);
        }
    }

    @Override
    public void close() {
        workers.close();
        arena.close();
    }
}
