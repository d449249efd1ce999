package io.weighbridge.registry.catalog;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** The complete set of weight and configuration files of a model at one revision, with what its headers say. */
public record Checkpoint(String revision, Traits traits, List<CheckpointFile> files) {
    public Checkpoint {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("a checkpoint has at least one file");
        }
        files = List.copyOf(files);
    }

    /** How the weights are stored. */
    public enum Format {
        GGUF(".gguf"),
        SAFETENSORS(".safetensors");

        private final String suffix;

        Format(String suffix) {
            this.suffix = suffix;
        }

        /** Whether a file of this path holds weights. */
        public boolean holdsWeights(CheckpointFile file) {
            return file.path().endsWith(suffix);
        }
    }

    /** What the files say about themselves. {@code contextLength} in tokens; {@code quantization} by bytes. */
    public record Traits(
            Format format,
            String architecture,
            long parameterCount,
            String quantization,
            int contextLength,
            boolean chatTemplatePresent) {}

    /** One weight file: its digest. Several: the digest of the lines {@code digest path\n} sorted by path. */
    public Digest weightsDigest() {
        var weights = files.stream()
                .filter(traits.format()::holdsWeights)
                .sorted(Comparator.comparing(CheckpointFile::path))
                .toList();
        if (weights.size() == 1) {
            return weights.getFirst().digest();
        }
        var lines =
                weights.stream().map(f -> f.digest() + " " + f.path() + "\n").collect(Collectors.joining());
        return Digest.of(lines.getBytes(StandardCharsets.UTF_8));
    }
}
