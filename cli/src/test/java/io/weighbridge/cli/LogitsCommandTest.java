package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogitsCommandTest {
    private static final Path GOLDEN = Path.of("..", "engine", "src", "test", "resources", "golden", "llama3");

    @TempDir
    private Path folder;

    @Test
    void logits_of_all_tokens_are_written_and_what_follows_is_printed() throws IOException {
        var input = folder.resolve("ids");
        var output = folder.resolve("logits");
        try (var golden = SafetensorsFile.open(GOLDEN.resolve("golden.safetensors"))) {
            var ids = longs(golden, "input_ids");
            var greedy = longs(golden, "greedy");
            Files.writeString(input, words(ids) + "\n\n" + words(ids) + "\n");

            var outcome = Outcome.of(
                    "logits",
                    GOLDEN.toString(),
                    "--numerics",
                    "stored",
                    "--generate",
                    String.valueOf(greedy.length),
                    "--input",
                    input.toString(),
                    "--output",
                    output.toString());

            assertThat(outcome.exit()).isZero();
            assertThat(outcome.out().lines()).containsExactly(words(greedy), words(greedy));
            var expected =
                    Dequantizer.values(Objects.requireNonNull(golden.tensors().get("logits")));
            var actual = new float[2 * expected.length];
            ByteBuffer.wrap(Files.readAllBytes(output))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(actual);
            assertThat(Arrays.copyOf(actual, expected.length)).containsExactly(expected, within(1e-4f));
            assertThat(Arrays.copyOfRange(actual, expected.length, actual.length))
                    .containsExactly(expected, within(1e-4f));
        }
    }

    private static long[] longs(SafetensorsFile file, String name) {
        var data = Objects.requireNonNull(file.tensors().get(name)).data();
        var ids = new long[(int) (data.byteSize() / Long.BYTES)];
        data.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(ids);
        return ids;
    }

    private static String words(long[] ids) {
        return Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(" "));
    }
}
