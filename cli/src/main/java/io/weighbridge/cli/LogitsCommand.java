package io.weighbridge.cli;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Logits of given token ids, for comparing them with another program's. */
@Command(
        name = "logits",
        description = "Writes the logits after every token of some sequences of token ids, and prints"
                + " the ids that follow most probably.",
        mixinStandardHelpOptions = true)
final class LogitsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "a .gguf file, or a folder with safetensors")
    private Path model;

    @Option(
            names = "--numerics",
            defaultValue = "auto",
            description = "f32, bf16, stored, int8, int4 or auto (default: auto)")
    private String numerics;

    @Option(names = "--threads", defaultValue = "2", description = "threads of one operation (default: 2)")
    private int threads;

    @Option(names = "--generate", defaultValue = "0", description = "tokens to print for each sequence (default: 0)")
    private int generate;

    @Option(names = "--input", required = true, description = "file of token ids, one sequence a line")
    private Path input;

    @Option(
            names = "--output",
            required = true,
            description = "file for the logits: rows of 32-bit floats, little-endian, one for each token")
    private Path output;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        var sequences = sequences();
        int longest = sequences.stream().mapToInt(ids -> ids.length).max().orElse(1);
        try (var loaded = LoadedDecoder.open(model, numerics, longest + generate, threads);
                var file = new BufferedOutputStream(Files.newOutputStream(output))) {
            for (var ids : sequences) {
                sequence(loaded.runner(), ids, file);
            }
        }
        spec.commandLine().getOut().flush();
        return 0;
    }

    private List<int[]> sequences() throws IOException {
        return Files.readAllLines(input).stream()
                .filter(line -> !line.isBlank())
                .map(LogitsCommand::ids)
                .toList();
    }

    private static int[] ids(String line) {
        return Arrays.stream(line.strip().split("\\s+"))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    private void sequence(ModelRunner runner, int[] ids, OutputStream file) throws IOException {
        float[] row = {};
        for (int position = 0; position < ids.length; position++) {
            row = runner.run(Batch.of(new int[] {ids[position]}, position))[0];
            var bytes = ByteBuffer.allocate(row.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(row);
            file.write(bytes.array());
        }
        var following = new int[generate];
        for (int i = 0; i < generate; i++) {
            following[i] = largest(row);
            row = runner.run(Batch.of(new int[] {following[i]}, ids.length + i))[0];
        }
        var line = Arrays.stream(following).mapToObj(Integer::toString).collect(Collectors.joining(" "));
        spec.commandLine().getOut().println(line);
    }

    private static int largest(float[] row) {
        int largest = 0;
        for (int i = 1; i < row.length; i++) {
            if (row[i] > row[largest]) {
                largest = i;
            }
        }
        return largest;
    }
}
