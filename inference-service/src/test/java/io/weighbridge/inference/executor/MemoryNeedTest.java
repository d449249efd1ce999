package io.weighbridge.inference.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.djl.StarterModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryNeedTest {
    /** The figure may be off by this share of what stays. Scratch memory comes and goes, so it only adds to the upper side. */
    private static final double MARGIN = 0.15;

    /** A real model in a process of its own; what its memory grew by is what was computed. */
    @ParameterizedTest
    @CsvSource({"STORED", "INT8", "BF16"})
    void the_figure_is_near_what_the_process_really_takes(Numerics numerics) throws Exception {
        var model = StarterModel.file();
        var lines = child(model, numerics);
        long grown = Long.parseLong(lines.getLast());
        try (var checkpoint = Checkpoints.open(model)) {
            var need = Executors.memory(Decoders.of(checkpoint), numerics, MemoryNeedChild.WORKLOAD);
            long staying = need.weights() + need.kv();
            assertThat(grown)
                    .as("%s, grown by %s", need.describe(), MemoryNeed.mebibytes(grown))
                    .isBetween((long) (staying * (1 - MARGIN)), (long) ((staying + need.scratch()) * (1 + MARGIN)));
        }
    }

    @Test
    void the_arithmetic_is_in_the_words() {
        var need = new MemoryNeed(100L << 20, 20L << 20, 3L << 20, 1);
        assertThat(need.describe()).isEqualTo("124 MiB (weights 100, mapped tables 20, keys and values 3, scratch 1)");
        assertThat(need.total() / (double) (1 << 20)).isCloseTo(123, within(0.1));
    }

    private static List<String> child(Path model, Numerics numerics) throws Exception {
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-Xms512m",
                        "-Xmx512m",
                        "-XX:+AlwaysPreTouch",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MemoryNeedChild.class.getName(),
                        model.toString(),
                        numerics.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        // What the first, unmeasured load gave back has to leave the process, and not lie ready for the second.
        builder.environment().put("MALLOC_MMAP_THRESHOLD_", "131072");
        var process = builder.start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }
}
