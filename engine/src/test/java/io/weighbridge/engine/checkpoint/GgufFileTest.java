package io.weighbridge.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
    @TempDir
    Path folder;

    @Test
    void metadata_and_tensors_are_read() throws IOException {
        var bytes = new GgufWriter()
                .put("i", 7)
                .put("l", 1L << 40)
                .put("f", 0.5f)
                .put("d", -0.1)
                .put("b", true)
                .put("s", "grüß")
                .put("list", List.of("a", "", "ü"))
                .put("empty", List.of())
                .tensor("a", List.of(2L, 3L), 1, 2, 3, 4, 5, 6)
                .tensor("q", TensorType.Q8_0, List.of(1L, 32L), new byte[34])
                .toBytes();
        try (var file = GgufFile.open(stored(bytes))) {
            assertThat(file.metadata().values())
                    .containsEntry("i", 7L)
                    .containsEntry("l", 1L << 40)
                    .containsEntry("f", 0.5)
                    .containsEntry("d", -0.1)
                    .containsEntry("b", true)
                    .containsEntry("s", "grüß")
                    .containsEntry("list", List.of("a", "", "ü"))
                    .containsEntry("empty", List.of());
            assertThat(file.metadata().real("d")).contains(-0.1);
            assertThat(file.metadata().truth("b")).contains(true);
            assertThatThrownBy(() -> file.metadata().integer("s"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("'s' should be a Long");
            var tensor = Objects.requireNonNull(file.tensors().get("a"));
            assertThat(tensor.shape()).containsExactly(2L, 3L);
            assertThat(Dequantizer.values(tensor)).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(tensor.data().isReadOnly()).isTrue();
            assertThat(file.tensors().keySet()).containsExactly("a", "q");
        }
    }

    @Test
    void version_2_is_read_and_1_is_refused() throws IOException {
        var bytes = small();
        bytes[4] = 2;
        GgufFile.open(stored(bytes)).close();
        bytes[4] = 1;
        refused(bytes, "GGUF version 1");
    }

    @Test
    void other_files_are_refused() throws IOException {
        refused(new byte[0], "truncated");
        refused(new LittleEndian().raw("GGML").int64(0).toBytes(), "not a GGUF file");
        refused(new LittleEndian().raw("GGUF").raw(new byte[] {0, 0, 0, 3}).toBytes(), "big-endian");
    }

    @Test
    void a_file_cut_anywhere_is_refused() throws IOException {
        var bytes = small();
        for (int length = 0; length < bytes.length - 31; length++) {
            refused(Arrays.copyOf(bytes, length), "truncated");
        }
    }

    /** At the limit the number passes, and the file is then found too short for it; one above, the limit is named. */
    @ParameterizedTest
    @CsvSource({
        "0, " + GgufFile.TENSOR_COUNT_MAX + ", tensors",
        "8, " + GgufFile.PAIR_COUNT_MAX + ", metadata pairs",
        "16, " + GgufFile.KEY_BYTES_MAX + ", metadata key"
    })
    void counts_and_key_lengths_have_limits(int at, long limit, String what) throws IOException {
        for (long value : new long[] {limit, limit + 1, 1L << 63, -1}) {
            var counts = new long[] {1, 1, 3};
            counts[at / 8] = value;
            var bytes = header(counts[0], counts[1]).int64(counts[2]).raw("abc").toBytes();
            if (value == limit) {
                refused(bytes, "truncated");
            } else {
                refused(bytes, what, "the limit is " + limit);
            }
        }
    }

    @Test
    void strings_have_a_limit() throws IOException {
        refused(
                header(0, 1)
                        .string("k")
                        .int32(8)
                        .int64(GgufFile.STRING_BYTES_MAX)
                        .toBytes(),
                "truncated");
        refused(
                header(0, 1)
                        .string("k")
                        .int32(8)
                        .int64(GgufFile.STRING_BYTES_MAX + 1)
                        .toBytes(),
                "the limit is");
    }

    @Test
    void arrays_have_a_limit_and_must_fit_the_file() throws IOException {
        var pair = header(0, 1).string("k").int32(9).int32(4).toBytes();
        refused(new LittleEndian().raw(pair).int64(GgufFile.ARRAY_ELEMENTS_MAX).toBytes(), "truncated");
        refused(
                new LittleEndian()
                        .raw(pair)
                        .int64(GgufFile.ARRAY_ELEMENTS_MAX + 1)
                        .toBytes(),
                "the limit is");
        refused(new LittleEndian().raw(pair).int64(1L << 63).toBytes(), "the limit is");
        refused(header(0, 1).string("k").int32(9).int32(9).int64(1).toBytes(), "array of arrays");
    }

    @Test
    void all_arrays_together_have_a_limit() throws IOException {
        int half = GgufFile.ARRAY_ELEMENTS_MAX / 2;
        for (int more : new int[] {0, 1}) {
            var bytes = header(0, 2)
                    .string("a")
                    .int32(9)
                    .int32(0)
                    .int64(half)
                    .raw(new byte[half])
                    .string("b")
                    .int32(9)
                    .int32(0)
                    .int64(half + more)
                    .raw(new byte[half + more])
                    .toBytes();
            if (more == 0) {
                GgufFile.open(stored(bytes)).close();
            } else {
                refused(bytes, "array elements in its metadata");
            }
        }
    }

    @Test
    void malformed_values_are_refused() throws IOException {
        refused(header(0, 1).string("k").int32(13).int64(0).toBytes(), "unknown value type 13");
        refused(header(0, 1).string("k").int32(-1).int64(0).toBytes(), "unknown value type");
        refused(header(0, 1).string("k").int32(7).number(2, 1).toBytes(), "boolean with value 2");
        refused(header(0, 1).string("k").int32(10).int64(-1).toBytes(), "18446744073709551615");
        refused(
                header(0, 2)
                        .string("k")
                        .int32(0)
                        .number(1, 1)
                        .string("k")
                        .int32(0)
                        .number(1, 1)
                        .toBytes(),
                "twice");
        refused(header(0, 1).int64(1).number(0xff, 1).int32(0).number(1, 1).toBytes(), "not UTF-8");
        refused(new GgufWriter().put("split.count", 2).toBytes(), "is one of 2 shards");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 24, -32, 2L * GgufFile.ALIGNMENT_MAX})
    void a_strange_alignment_is_refused(long alignment) throws IOException {
        refused(
                header(0, 1)
                        .string("general.alignment")
                        .int32(11)
                        .int64(alignment)
                        .toBytes(),
                "general.alignment");
    }

    @Test
    void the_largest_alignment_is_read() throws IOException {
        var bytes = header(0, 1).string("general.alignment").int32(11).int64(GgufFile.ALIGNMENT_MAX);
        GgufFile.open(stored(bytes.toBytes())).close();
    }

    @Test
    void unsupported_tensor_types_are_named() throws IOException {
        refused(oneTensor("w", List.of(32L), 9, 0), "'w' has type Q8_1, in which ggml computes but does not store");
        refused(oneTensor("w", List.of(256L), 15, 0), "Q8_K", "use one of", "IQ4_XS");
        refused(oneTensor("w", List.of(32L), 31, 0), "Q4_0_4_4");
        refused(oneTensor("w", List.of(32L), 99, 0), "number 99");
        refused(oneTensor("w", List.of(32L), -1, 0), "number 4294967295");
    }

    @Test
    void tensors_have_one_to_four_dimensions() throws IOException {
        refused(oneTensor("w", List.of(), 0, 0), "0 dimensions");
        GgufFile.open(stored(oneTensor("w", List.of(1L, 1L, 2L, 2L), 0, 0))).close();
        refused(oneTensor("w", List.of(1L, 1L, 1L, 1L, 1L), 0, 0), "5 dimensions");
        refused(oneTensor("w", List.of(0L), 0, 0), "dimension of 0");
        refused(oneTensor("w", List.of(-1L), 0, 0), "dimension of 18446744073709551615");
    }

    @Test
    void tensor_names_have_a_limit() throws IOException {
        GgufFile.open(stored(oneTensor("w".repeat(GgufFile.TENSOR_NAME_BYTES_MAX), List.of(1L), 0, 0)))
                .close();
        refused(oneTensor("w".repeat(GgufFile.TENSOR_NAME_BYTES_MAX + 1), List.of(1L), 0, 0), "tensor name");
    }

    @Test
    void shapes_that_overflow_or_split_a_block_are_refused() throws IOException {
        refused(oneTensor("w", List.of(1L << 62, 4L), 0, 0), "overflows");
        refused(oneTensor("w", List.of(1L << 61), 28, 0), "overflows");
        refused(oneTensor("w", List.of(33L), 2, 0), "multiple of 32");
    }

    @Test
    void tensors_outside_the_file_or_misaligned_are_refused() throws IOException {
        refused(oneTensor("w", List.of(1L << 40), 0, 0), "outside the file");
        refused(oneTensor("w", List.of(4L), 0, 1L << 62), "outside the file");
        refused(oneTensor("w", List.of(4L), 0, 1L << 63), "outside the file");
        refused(oneTensor("w", List.of(4L), 0, 64), "outside the file");
        refused(oneTensor("w", List.of(4L), 0, 4), "misaligned");
    }

    @Test
    void overlapping_tensors_and_equal_names_are_refused() throws IOException {
        for (var second : List.of("v", "w")) {
            var bytes = header(2, 0)
                    .string("w")
                    .int32(1)
                    .int64(16)
                    .int32(0)
                    .int64(0)
                    .string(second)
                    .int32(1)
                    .int64(4)
                    .int32(0)
                    .int64(32)
                    .padTo(32)
                    .raw(new byte[64])
                    .toBytes();
            refused(bytes, second.equals("v") ? "'w' and 'v' overlap" : "'w' is stored twice");
        }
    }

    private static LittleEndian header(long tensorCount, long pairCount) {
        return new LittleEndian().raw("GGUF").int32(3).int64(tensorCount).int64(pairCount);
    }

    private static byte[] oneTensor(String name, List<Long> dimensions, int type, long offset) {
        var out = header(1, 0).string(name).int32(dimensions.size());
        dimensions.forEach(out::int64);
        return out.int32(type).int64(offset).padTo(32).raw(new byte[32]).toBytes();
    }

    private static byte[] small() {
        return new GgufWriter()
                .put("general.architecture", "llama")
                .put("list", List.of(1, 2, 3))
                .tensor("a", List.of(8L), 1, 2, 3, 4, 5, 6, 7, 8)
                .tensor("b", List.of(8L), 1, 2, 3, 4, 5, 6, 7, 8)
                .toBytes();
    }

    private void refused(byte[] bytes, String... messageParts) throws IOException {
        var path = stored(bytes);
        assertThatThrownBy(() -> GgufFile.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(messageParts)
                .hasMessageContaining("test.gguf");
    }

    private Path stored(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("test.gguf"), bytes);
    }
}
