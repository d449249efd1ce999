package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderTensors;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.RunnerException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a decoder over quantized weights in plain Java. Takes a batch apart into groups of at most {@link Tokens#MAX} tokens, which
 * go through all layers together, so that each weight is read once for all of them. The logits of a token are the same bits
 * whatever else is in the batch, however a prompt is cut into steps, and with any number of threads.
 */
public final class KernelModelRunner implements ModelRunner {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** Most threads, the calling one included. */
    public static final int THREADS_MAX = Workers.THREADS_MAX;

    private final DecoderSpec spec;
    private final Tensor embedding;
    private final @Nullable Tensor positions;
    private final Crew crew;
    private final Arena arena = Arena.ofShared();
    private final KvMemory kv;
    private final ResidualStream stream;
    private final AttentionPart attention;
    private final @Nullable FeedForwardPart feedForward;
    private final @Nullable ExpertsPart experts;
    private final @Nullable KernelNorm embeddingNorm;
    private final List<KernelLayer> layers = new ArrayList<>();
    private final HeadPart head;
    private final Tokens tokens = new Tokens();

    /** Whether these kernels can run such a decoder. */
    public static boolean supports(DecoderSpec spec) {
        return spec.headCount() % spec.kvHeadCount() == 0;
    }

    /** Bytes of keys and values once all {@code places} have been written. */
    public static long kvBytes(DecoderSpec spec, int places) {
        return KvMemory.bytes(spec, places);
    }

    /**
     * Lays the weights out in memory. {@code threads} includes the calling one; the KV memory has whole blocks for at
     * least {@code kvCapacityTokens}.
     */
    public KernelModelRunner(
            Decoder decoder, WeightBits layerBits, WeightBits headBits, int kvCapacityTokens, int threads) {
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            throw new RunnerException(
                    "int4, int8 and stored need the Vector API: start Java with --add-modules " + VECTOR_MODULE, null);
        }
        if (!supports(decoder.spec())) {
            throw new IllegalArgumentException("the kernels do not compute such a decoder: " + decoder.spec());
        }
        spec = decoder.spec();
        embedding = decoder.tensors().embedding();
        positions = decoder.tensors().positions();
        crew = new Crew(new Workers(threads));
        try {
            kv = new KvMemory(spec, kvCapacityTokens, arena);
            stream = new ResidualStream(spec, crew);
            attention = new AttentionPart(spec, crew, kv);
            var feedForwardSpec = spec.feedForward();
            var mixture = feedForwardSpec.experts();
            int denseSize = mixture == null ? feedForwardSpec.size() : mixture.denseSize();
            feedForward = denseSize == 0 ? null : new FeedForwardPart(crew, feedForwardSpec.activation(), denseSize);
            experts = mixture == null ? null : new ExpertsPart(crew, spec, mixture);
            var loader = new WeightLoader(crew.workers(), arena);
            embeddingNorm = KernelNorm.of(spec.norm(), decoder.tensors().embeddingNorm(), stream.stride());
            for (var layer : decoder.tensors().layers()) {
                layers.add(KernelLayer.of(spec, layer, layerBits, loader, stream.stride()));
            }
            head = head(decoder.tensors(), headBits, loader);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private HeadPart head(DecoderTensors tensors, WeightBits bits, WeightLoader loader) {
        var norm = Objects.requireNonNull(KernelNorm.of(spec.norm(), tensors.finalNorm(), stream.stride()));
        return new HeadPart(spec, crew, norm, loader.linear(tensors.head(), bits));
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
    public int kvBlockCount() {
        return kv.capacity / KV_BLOCK_TOKENS;
    }

    @Override
    public boolean isSameInAnyBatch() {
        return true;
    }

    @Override
    public float[][] run(Batch batch) {
        batch.copies().forEach(copy -> kv.copy(copy.fromBlock(), copy.toBlock()));
        var logits = new float[batch.logitsCount()][];
        int row = 0;
        tokens.clear();
        for (var slice : batch.slices()) {
            for (int j = 0; j < slice.tokenIds().length; j++) {
                Objects.checkIndex(slice.tokenIds()[j], spec.vocabularySize());
                Objects.checkIndex(slice.position() + j, spec.contextLength());
                kv.reserve(slice.place(slice.position() + j));
                tokens.add(slice, j, row);
                row += slice.wantsLogits(j) ? 1 : 0;
                if (tokens.isFull()) {
                    runGroup(logits);
                    tokens.clear();
                }
            }
        }
        if (tokens.count() > 0) {
            runGroup(logits);
        }
        return logits;
    }

    private void runGroup(float[][] logits) {
        crew.run(tokens.count(), (token, worker) -> embed(token));
        for (int index = 0; index < layers.size(); index++) {
            layer(index, layers.get(index));
        }
        head.run(tokens, stream, logits);
    }

    private void embed(int token) {
        var values = stream.values();
        int at = stream.at(token);
        Dequantizer.rows(embedding, tokens.id(token), 1, values, at);
        if (spec.embeddingScale() != 1) {
            Elementwise.scale(values, at, spec.hiddenSize(), (float) spec.embeddingScale());
        }
        if (positions != null) {
            var learned = new float[spec.hiddenSize()];
            Dequantizer.rows(positions, (long) tokens.position(token) + spec.positionOffset(), 1, learned, 0);
            Elementwise.add(learned, 0, learned.length, values, at);
        }
        if (embeddingNorm != null) {
            embeddingNorm.apply(values, at, values, at);
        }
        attention.place(tokens, token);
    }

    private void layer(int index, KernelLayer layer) {
        int count = tokens.count();
        boolean parallel = spec.residual().parallel();
        var weights = layer.attention();
        var inputs = stream.read(count, layer.attentionNorm());
        var attended = attention.run(tokens, index, weights, inputs);
        if (parallel) {
            stream.setAside(count, attended, layer.output());
        } else {
            stream.join(count, attended, layer.output(), layer.postAttentionNorm());
        }
        // The feed-forward of a parallel block may share attention's norm, and reads the stream before attention joins
        // it.
        inputs = parallel && layer.feedForwardNorm() == null
                ? stream.lastRead()
                : stream.read(count, layer.feedForwardNorm());
        if (parallel) {
            stream.joinAside(count, layer.postAttentionNorm());
        }
        feedForward(count, layer, inputs);
    }

    private void feedForward(int count, KernelLayer layer, Rows inputs) {
        if (layer.dense() != null && feedForward != null) {
            var inner = feedForward.run(count, layer.dense(), inputs);
            stream.join(count, inner, layer.dense().down(), layer.postFeedForwardNorm());
        } else if (layer.experts() != null && experts != null) {
            experts.run(count, layer.experts(), inputs, stream.emptyPart(count), stream.stride());
            stream.joinPart(count, layer.postFeedForwardNorm());
        }
    }

    @Override
    public void close() {
        crew.close();
        arena.close();
    }
}
