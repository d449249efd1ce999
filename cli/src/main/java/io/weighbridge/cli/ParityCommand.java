package io.weighbridge.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.SafetensorsFile;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Compares a checkpoint's logits with reference logits that lie beside it in {@code golden.safetensors}: input_ids (n),
 * logits (n, vocabulary), greedy (m; the reference's continuation of input_ids). The prompt is run three ways, token by token,
 * whole, and in uneven chunks; all of it counts. Bfloat16 and int8 are held to {@link LogitBounds}. Where the reference is one of
 * embeddings, {@link EncoderParity} compares.
 */
@Command(
        name = "parity",
        description =
                "Compares a folder's logits, or an encoder's embeddings, with the reference in its golden.safetensors.",
        mixinStandardHelpOptions = true)
final class ParityCommand implements Callable<Integer> {
    private static final String GOLDEN = "golden.safetensors";
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Chunk lengths that are tried in turn; small and odd, so that borders fall everywhere. */
    private static final int[] CHUNKS = {1, 7, 2, 13, 5};

    @Parameters(paramLabel = "DIR", description = "folder with the checkpoint and golden.safetensors")
    private Path folder;

    @Option(
            names = "--numerics",
            defaultValue = "f32",
            description = "f32, bf16, stored, int8, int4 or auto (default: f32)")
    private String numerics;

    @Option(
            names = "--tolerance",
            defaultValue = "1e-4",
            description = "largest difference accepted where no bounds are stated for the numerics (default: 1e-4)")
    private double tolerance;

    @Option(names = "--threads", defaultValue = "2", description = "threads of one operation (default: 2)")
    private int threads;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (!Files.isRegularFile(folder.resolve(GOLDEN))) {
            throw new IllegalArgumentException(
                    "%s has no %s: parity needs reference logits or embeddings".formatted(folder, GOLDEN));
        }
        try (var golden = SafetensorsFile.open(folder.resolve(GOLDEN))) {
            if (EncoderParity.isFor(golden)) {
                try (var checkpoint = Checkpoints.open(folder)) {
                    return print(EncoderParity.compare(checkpoint, golden, numerics, tolerance, threads));
                }
            }
            var inputIds = ids(require(golden, "input_ids", TensorType.I64));
            var logits = require(golden, "logits", TensorType.F32);
            var greedy = ids(require(golden, "greedy", TensorType.I64));
            try (var loaded = LoadedDecoder.open(
                    folder,
                    numerics,
                    inputIds.length + greedy.length,
                    threads,
                    decoder -> rotatedAsTheReference(decoder, inputIds.length))) {
                return report(loaded, inputIds, logits, greedy);
            }
        }
    }

    /**
     * transformers rotates a whole prompt by its length and each later token by its own position; with longrope these differ where the
     * first training's context ends.
     */
    private static Decoder rotatedAsTheReference(Decoder decoder, int promptTokens) {
        var longer = decoder.servedUpTo(promptTokens);
        var first = decoder.spec().ropes().stream()
                .map(DecoderSpec.Rope::later)
                .filter(Objects::nonNull)
                .findFirst();
        return first.isPresent() && promptTokens > first.get().from() ? longer : decoder;
    }

    private int report(LoadedDecoder loaded, int[] inputIds, Tensor logits, int[] greedy)
            throws JsonProcessingException {
        var runner = loaded.runner();
        var agreement = new LogitAgreement(logits);
        for (var chunks : List.of(new int[] {1}, new int[] {inputIds.length}, CHUNKS)) {
            compare(runner, inputIds, chunks, agreement);
        }
        var generated = generate(runner, inputIds, greedy.length);
        var equal = Arrays.equals(generated, greedy);
        var bounds = LogitBounds.of(
                loaded.numerics(), loaded.decoder().spec().feedForward().experts() != null);
        var passed = bounds.map(held -> held.hold(agreement)).orElse(agreement.maxDifference() <= tolerance && equal);
        var fields = new LinkedHashMap<String, Object>();
        fields.put(
                "compared",
                "logits of %d positions, run token by token, whole and in chunks; %d greedy tokens"
                        .formatted(inputIds.length, greedy.length));
        fields.put("numerics", loaded.numerics().label());
        fields.put("max_abs_logit_diff", agreement.maxDifference());
        fields.put("logit_spread", agreement.spread());
        fields.put("mean_kl", agreement.meanDivergence());
        fields.put("top1_agreement", agreement.topAgreement());
        fields.put("greedy_equal", equal);
        fields.put("positions", inputIds.length);
        fields.put("greedy_tokens", greedy.length);
        if (bounds.isPresent()) {
            fields.put("bounds", bounds.get().fields());
        } else {
            fields.put("tolerance", tolerance);
        }
        fields.put("passed", passed);
        return print(fields);
    }

    private int print(Map<String, Object> compared) throws JsonProcessingException {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("checkpoint", folder.toString());
        fields.putAll(compared);
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(new ObjectMapper().writeValueAsString(fields));
        } else {
            fields.forEach((name, value) -> out.printf("%-22s %s%n", name, value));
        }
        out.flush();
        return Boolean.TRUE.equals(fields.get("passed")) ? 0 : 1;
    }

    /** Runs the prompt in chunks and compares the last position of each. */
    private static void compare(ModelRunner runner, int[] inputIds, int[] chunks, LogitAgreement agreement) {
        var position = 0;
        for (int i = 0; position < inputIds.length; i++) {
            var end = Math.min(inputIds.length, position + chunks[i % chunks.length]);
            agreement.add(end - 1, step(runner, Arrays.copyOfRange(inputIds, position, end), position));
            position = end;
        }
    }

    private static int[] generate(ModelRunner runner, int[] prompt, int count) {
        var tokens = Arrays.copyOf(prompt, prompt.length + count);
        var row = step(runner, prompt, 0);
        for (int i = 0; i < count; i++) {
            var next = argmax(row);
            tokens[prompt.length + i] = next;
            if (i + 1 < count) {
                row = step(runner, new int[] {next}, prompt.length + i);
            }
        }
        return Arrays.copyOfRange(tokens, prompt.length, tokens.length);
    }

    private static float[] step(ModelRunner runner, int[] tokenIds, int position) {
        return runner.run(Batch.of(tokenIds, position))[0];
    }

    private static int argmax(float[] row) {
        var best = 0;
        for (int i = 1; i < row.length; i++) {
            if (row[i] > row[best]) {
                best = i;
            }
        }
        return best;
    }

    private static Tensor require(SafetensorsFile golden, String name, TensorType type) {
        var tensor = golden.tensors().get(name);
        if (tensor == null || tensor.type() != type) {
            throw new CheckpointException("%s needs a tensor %s of type %s".formatted(GOLDEN, name, type));
        }
        return tensor;
    }

    private static int[] ids(Tensor tensor) {
        var ids = new int[Math.toIntExact(tensor.elementCount())];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.toIntExact(tensor.data().getAtIndex(I64, i));
        }
        return ids;
    }
}
