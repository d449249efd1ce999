package io.weighbridge.engine.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The long run: {@code Fuzz TARGET MINUTES [SEED]}. It prints what became of the inputs, and fails with the seed of an input that
 * should be fixed; that seed given again begins with this input.
 */
final class Fuzz {
    /** Names of all targets. */
    static final List<String> TARGETS = List.of("safetensors", "gguf", "config", "metadata", "template", "tokenizer");

    private Fuzz() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2 || arguments.length > 3 || !TARGETS.contains(arguments[0])) {
            System.err.println("usage: Fuzz TARGET MINUTES [SEED]    TARGET: " + String.join(", ", TARGETS));
            System.exit(2);
        }
        long seed = arguments.length == 3 ? Long.parseLong(arguments[2]) : System.nanoTime();
        long nanos =
                (long) (Double.parseDouble(arguments[1]) * Duration.ofMinutes(1).toNanos());
        var folder = Files.createTempDirectory("fuzz");
        System.out.printf("%s from seed %d, files in %s%n", arguments[0], seed, folder);
        long start = System.nanoTime();
        var counts = new Fuzzer(arguments[0], target(arguments[0], folder))
                .run(seed, () -> System.nanoTime() - start < nanos);
        System.out.println(counts);
    }

    /** The target of that name; files that it writes go into {@code folder}. */
    static Target target(String name, Path folder) throws Exception {
        return switch (name) {
            case "safetensors" -> CheckpointTargets.safetensors(folder);
            case "gguf" -> CheckpointTargets.gguf(folder);
            case "config" -> CheckpointTargets.config(folder);
            case "metadata" -> new MetadataTarget(folder);
            case "template" -> new TemplateTarget();
            case "tokenizer" -> new TokenizerTarget();
            default -> throw new IllegalArgumentException("no target '%s': %s".formatted(name, TARGETS));
        };
    }

    /** Files in {@code folder} that this process still has mapped; empty where the system does not tell. */
    static List<String> mapped(Path folder) throws IOException {
        var maps = Path.of("/proc/self/maps");
        if (!Files.isReadable(maps)) {
            return List.of();
        }
        try (var lines = Files.lines(maps)) {
            return lines.filter(line -> line.contains(folder.toString())).toList();
        }
    }
}
