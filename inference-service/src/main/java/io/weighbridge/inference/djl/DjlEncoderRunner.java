package io.weighbridge.inference.djl;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderInput;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.encoder.EncoderSpec;
import io.weighbridge.engine.encoder.RelativeBuckets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Runs the encoder's TorchScript. Inputs lie one after the other without padding, sorted by length, so that attention of inputs of one
 * length is one native operation and no input costs what a longer one costs. Embeddings are looked up here, row by row from the mapped
 * file. Owned by one thread.
 */
final class DjlEncoderRunner implements EncoderRunner {
    /** Most tokens of one native call, unless a single input has more: bounds the memory of intermediate results. */
    static final int TOKENS_MAX = 4_096;

    private final Encoder encoder;
    private final EncoderSpec spec;
    private final TorchModule module;
    private final List<IValue> resident = new ArrayList<>();
    private final IValue weights; // in the order that the TorchScript names
    private final IValue shape;
    private final IValue epsilon;
    private final float[][] added; // the rows of the token types, or one of zeros

    DjlEncoderRunner(Encoder encoder, Numerics numerics) {
        this.encoder = encoder;
        spec = encoder.spec();
        module = TorchModule.encoder();
        try {
            weights = keep(TorchModule.list(weights(new PackedLinear(module, module.manager(), numerics))));
            shape = keep(IValue.listFrom(new long[] {
                spec.layerCount(),
                spec.headCount(),
                PackedLinear.kind(numerics),
                spec.activation().ordinal()
            }));
            epsilon = keep(IValue.from(spec.normEpsilon()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        added = tokenTypes();
    }

    private float[][] tokenTypes() {
        var table = encoder.tensors().tokenTypes();
        if (table == null) {
            return new float[1][spec.hiddenSize()];
        }
        var rows = new float[Math.toIntExact(table.shape().getFirst())][spec.hiddenSize()];
        for (int i = 0; i < rows.length; i++) {
            Dequantizer.rows(table, i, 1, rows[i], 0);
        }
        return rows;
    }

    @Override
    public int dimensions() {
        return encoder.head().dimensions();
    }

    @Override
    public int contextLength() {
        return spec.contextLength();
    }

    @Override
    public List<float[]> embed(List<int[]> inputs) {
        return run(inputs.stream().map(EncoderInput::of).toList(), encoder.head()::embedding);
    }

    @Override
    public List<float[]> classify(List<EncoderInput> inputs) {
        var classifier = encoder.classifier();
        if (classifier == null) {
            throw new IllegalStateException("this encoder has no classifier");
        }
        return run(inputs, classifier::values);
    }

    /** What is made of an input's token vectors. */
    private interface Head {
        float[] of(float[] hidden, int from, int count);
    }

    private List<float[]> run(List<EncoderInput> inputs, Head head) {
        inputs.forEach(this::check);
        var order = IntStream.range(0, inputs.size())
                .boxed()
                .sorted(Comparator.comparingInt(index -> inputs.get(index).length()))
                .toList();
        var results = new float[inputs.size()][];
        for (int from = 0; from < order.size(); ) {
            int to = from;
            int tokens = 0;
            do {
                tokens += inputs.get(order.get(to)).length();
                to++;
            } while (to < order.size() && tokens + inputs.get(order.get(to)).length() <= TOKENS_MAX);
            pass(inputs, order.subList(from, to), tokens, head, results);
            from = to;
        }
        return List.of(results);
    }

    private void check(EncoderInput input) {
        if (input.length() < 1 || input.length() > spec.contextLength()) {
            throw new IllegalArgumentException("an input has %d tokens; this encoder takes 1 to %d"
                    .formatted(input.length(), spec.contextLength()));
        }
        for (int tokenId : input.tokenIds()) {
            if (tokenId < 0 || tokenId >= spec.vocabularySize()) {
                throw new IllegalArgumentException(
                        "token id %d is outside the vocabulary of %d".formatted(tokenId, spec.vocabularySize()));
            }
        }
        for (int type : input.tokenTypes()) {
            if (type < 0 || type >= added.length) {
                throw new IllegalArgumentException(
                        "token type %d is outside the table of %d".formatted(type, added.length));
            }
        }
    }

    private void pass(List<EncoderInput> inputs, List<Integer> order, int tokens, Head head, float[][] results) {
        var runs = runs(inputs, order);
        try (var scratch = (PtNDManager) module.manager().newSubManager();
                var x = IValue.from(
                        TorchModule.floats(scratch, embeddings(inputs, order, tokens), tokens, spec.hiddenSize()));
                var biases = TorchModule.list(biases(scratch, runs));
                var lengths = IValue.listFrom(runs)) {
            var hidden = module.call(scratch, "encode", x, weights, biases, lengths, shape, epsilon)
                    .toFloatArray();
            int at = 0;
            for (int index : order) {
                int length = inputs.get(index).length();
                results[index] = head.of(hidden, at * spec.hiddenSize(), length);
                at += length;
            }
        }
    }

    /** Numbers and lengths of the inputs of one length, in turn. */
    private static long[] runs(List<EncoderInput> inputs, List<Integer> order) {
        var runs = new long[2 * order.size()];
        int used = 0;
        for (int index : order) {
            int length = inputs.get(index).length();
            if (used == 0 || runs[used - 1] != length) {
                runs[used + 1] = length;
                used += 2;
            }
            runs[used - 2]++;
        }
        return Arrays.copyOf(runs, used);
    }

    private float[] embeddings(List<EncoderInput> inputs, List<Integer> order, int tokens) {
        int hidden = spec.hiddenSize();
        var values = new float[Math.multiplyExact(tokens, hidden)];
        var position = new float[hidden];
        int row = 0;
        for (int index : order) {
            var input = inputs.get(index);
            for (int i = 0; i < input.length(); i++) {
                var type = added[input.tokenType(i)];
                Dequantizer.rows(encoder.tensors().embedding(), input.tokenIds()[i], 1, values, row * hidden);
                Dequantizer.rows(encoder.tensors().positions(), i + spec.positionOffset(), 1, position, 0);
                for (int j = 0; j < hidden; j++) {
                    values[row * hidden + j] += type[j] + position[j];
                }
                row++;
            }
        }
        return values;
    }

    private List<PtNDArray> biases(PtNDManager scratch, long[] runs) {
        var table = encoder.tensors().relativeBias();
        var biases = new ArrayList<PtNDArray>();
        for (int run = 0; run < runs.length; run += 2) {
            int length = (int) runs[run + 1];
            biases.add(
                    table == null
                            ? TorchModule.floats(scratch, new float[0], 0)
                            : TorchModule.floats(
                                    scratch,
                                    RelativeBuckets.biases(table, length),
                                    1,
                                    spec.headCount(),
                                    length,
                                    length));
        }
        return biases;
    }

    private List<PtNDArray> weights(PackedLinear packer) {
        var tensors = encoder.tensors();
        var all = new ArrayList<>(norm(packer, tensors.embeddingNorm()));
        for (var layer : tensors.layers()) {
            all.addAll(packer.pack(layer.query(), layer.key(), layer.value()));
            all.addAll(packer.pack(layer.output()));
            all.addAll(norm(packer, layer.attentionNorm()));
            all.addAll(packer.pack(layer.up()));
            all.addAll(packer.pack(layer.down()));
            all.addAll(norm(packer, layer.feedForwardNorm()));
        }
        return all;
    }

    private static List<PtNDArray> norm(PackedLinear packer, Norm norm) {
        Tensor bias = Objects.requireNonNull(norm.bias(), "encoders' norms have biases");
        return List.of(packer.values(norm.weight()), packer.values(bias));
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
