package io.weighbridge.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures prefill and decode of one model, one sequence, without sampling or text: the executor alone. */
@Command(
        name = "bench",
        description = "Measures prefill and decode in tokens per second, and peak resident memory.",
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
    private static final long SEED = 7;
    private static final int WARM_UP_TOKENS = 16;

    /** The first line of this in /proc/self/status is the most memory the process ever had resident. */
    private static final String PEAK_RESIDENT = "VmHWM:";

    @Parameters(paramLabel = "MODEL", description = "a .gguf file, or a folder with safetensors")
    private Path model;

    @Option(names = "--threads", defaultValue = "2", description = "threads of one operation (default: 2)")
    private int threads;

    @Option(
            names = "--prompt",
            split = ",",
            defaultValue = "128,512",
            description = "prompt lengths in tokens (default: 128,512)")
    private List<Integer> prompts;

    @Option(names = "--generate", defaultValue = "128", description = "tokens to decode (default: 128)")
    private int generate;

    @Option(
            names = "--numerics",
            defaultValue = "auto",
            description = "f32, bf16, stored, int8, int4 or auto (default: auto)")
    private String numerics;

    @Option(names = "--repeat", defaultValue = "3", description = "runs of each; the mean is printed (default: 3)")
    private int repeat;

    @Option(names = "--json", description = "print one JSON object a line")
    private boolean json;

    @Spec
    private CommandSpec spec;

    private double firstTokenSeconds; // since the load call

    @Override
    public Integer call() throws IOException {
        require(threads > 0 && repeat > 0 && generate > 0, "--threads, --repeat and --generate must be above 0");
        require(prompts.stream().allMatch(length -> length > 0), "--prompt lengths must be above 0");
        var longest = Math.max(
                generate, prompts.stream().mapToInt(Integer::intValue).max().orElse(1));
        var started = System.nanoTime();
        try (var loaded = LoadedDecoder.open(model, numerics, Math.max(longest, WARM_UP_TOKENS), threads)) {
            var loadSeconds = (System.nanoTime() - started) / 1e9;
            var context = loaded.decoder().spec().contextLength();
            require(longest <= context, "%d tokens do not fit into a context of %d".formatted(longest, context));
            decode(loaded.runner(), 1);
            firstTokenSeconds = (System.nanoTime() - started) / 1e9;
            decode(loaded.runner(), WARM_UP_TOKENS);
            for (var length : prompts) {
                prefill(loaded.runner(), length);
                print(loaded, "pp" + length, mean(length, () -> prefill(loaded.runner(), length)), loadSeconds);
            }
            print(loaded, "tg" + generate, mean(generate, () -> decode(loaded.runner(), generate)), loadSeconds);
        }
        return 0;
    }

    private double mean(int tokens, Runnable work) {
        var started = System.nanoTime();
        for (int i = 0; i < repeat; i++) {
            work.run();
        }
        return tokens * (double) repeat / ((System.nanoTime() - started) / 1e9);
    }

    private static void prefill(ModelRunner runner, int length) {
        var random = random();
        var ids = random.ints(length, 0, runner.vocabularySize()).toArray();
        runner.run(Batch.of(ids, 0));
    }

    private static void decode(ModelRunner runner, int count) {
        var random = random();
        for (int position = 0; position < count; position++) {
            var id = new int[] {random.nextInt(runner.vocabularySize())};
            runner.run(Batch.of(id, position));
        }
    }

    private static RandomGenerator random() {
        return RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(SEED);
    }

    private void print(LoadedDecoder loaded, String test, double tokensPerSecond, double loadSeconds)
            throws IOException {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("bench", "weighbridge");
        fields.put("model", String.valueOf(model.getFileName()));
        fields.put("numerics", loaded.numerics().label());
        fields.put("threads", threads);
        fields.put("test", test);
        fields.put("tokens_per_s", Math.round(tokensPerSecond * 100) / 100.0);
        fields.put("load_s", Math.round(loadSeconds * 100) / 100.0);
        fields.put("first_token_s", Math.round(firstTokenSeconds * 100) / 100.0);
        fields.put("peak_resident_bytes", peakResidentBytes());
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(new ObjectMapper().writeValueAsString(fields));
        } else {
            out.printf(
                    "%-8s %10.2f tokens/s   %s, %d threads, peak %d MiB resident%n",
                    test, tokensPerSecond, loaded.numerics().label(), threads, peakResidentBytes() >> 20);
        }
        out.flush();
    }

    /** Linux's own figure; -1 on systems without /proc. */
    private static long peakResidentBytes() throws IOException {
        var status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return -1;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith(PEAK_RESIDENT))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(-1);
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
