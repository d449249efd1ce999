package io.weighbridge.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
    private static final String GOOD = """
            {"__metadata__": {"format": "pt"},
             "b": {"dtype": "I64", "shape": [1], "data_offsets": [8, 16]},
             "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8], "other": [1, {}]}}""";

    @TempDir
    Path folder;

    @Test
    void tensors_are_read_in_header_order() throws IOException {
        try (var file = SafetensorsFile.open(stored(bytes(GOOD, 16)))) {
            assertThat(file.tensors().keySet()).containsExactly("b", "a");
            var tensor = Objects.requireNonNull(file.tensors().get("a"));
            assertThat(tensor.type()).isEqualTo(TensorType.F32);
            assertThat(tensor.shape()).containsExactly(2L, 1L);
            assertThat(tensor.data().byteSize()).isEqualTo(8);
            file.close(); // harmless twice
        }
    }

    @Test
    void scalars_and_empty_tensors_are_read() throws IOException {
        var header = """
                {"s": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
                 "e": {"dtype": "F32", "shape": [0, 5], "data_offsets": [4, 4]}}""";
        try (var file = SafetensorsFile.open(stored(bytes(header, 4)))) {
            assertThat(Objects.requireNonNull(file.tensors().get("s")).elementCount())
                    .isEqualTo(1);
            assertThat(Objects.requireNonNull(file.tensors().get("e")).elementCount())
                    .isZero();
        }
    }

    @Test
    void a_file_cut_anywhere_is_refused() throws IOException {
        var bytes = bytes(GOOD, 16);
        for (int length = 0; length < bytes.length; length++) {
            refused(Arrays.copyOf(bytes, length), "");
        }
    }

    @Test
    void the_header_has_a_limit_and_must_fit_the_file() throws IOException {
        refused(
                new LittleEndian()
                        .int64(SafetensorsFile.HEADER_BYTES_MAX)
                        .raw("{}")
                        .toBytes(),
                "truncated");
        refused(
                new LittleEndian()
                        .int64(SafetensorsFile.HEADER_BYTES_MAX + 1)
                        .raw("{}")
                        .toBytes(),
                "the limit is");
        refused(new LittleEndian().int64(1L << 63).raw("{}").toBytes(), "9223372036854775808");
        refused(new LittleEndian().int64(-1).raw("{}").toBytes(), "18446744073709551615");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{} {}",
                "{\"a\": 1}",
                "{\"a\": {}}",
                "{\"a\": {\"dtype\": 1, \"shape\": [1], \"data_offsets\": [0, 4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": 1, \"data_offsets\": [0, 4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [1.0], \"data_offsets\": [0, 4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [\"1\"], \"data_offsets\": [0, 4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [99999999999999999999], \"data_offsets\": [0, 4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4, 4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4]}}",
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}, \"a\": {}}"
            })
    void malformed_headers_are_refused(String header) throws IOException {
        refused(bytes(header, 4), "");
    }

    @Test
    void deep_headers_and_long_names_are_refused() throws IOException {
        int deep = Json.NESTING_MAX - 2; // inside the entry's own object in the header's
        refused(bytes("{\"a\": {\"x\": " + "[".repeat(deep) + "]".repeat(deep) + "}}", 0), "needs dtype");
        refused(bytes("{\"a\": {\"x\": " + "[".repeat(deep + 1) + "]".repeat(deep + 1) + "}}", 0), "JSON");
        refused(bytes("{\"" + "n".repeat(Json.NAME_LENGTH_MAX) + "\": {}}", 0), "needs dtype");
        refused(bytes("{\"" + "n".repeat(Json.NAME_LENGTH_MAX + 1) + "\": {}}", 0), "JSON");
    }

    @Test
    void unsupported_types_are_named() throws IOException {
        refused(bytes(entry("F8_E8M0", "4", "0, 4"), 4), "'a' has type F8_E8M0");
    }

    @Test
    void offsets_must_fit_shape_type_and_file() throws IOException {
        refused(bytes(entry("F32", "2", "0, 4"), 4), "needs 8 bytes, its data_offsets give 4");
        refused(bytes(entry("F32", "1", "4, 0"), 4), "lies at bytes 4 to 0");
        refused(bytes(entry("F32", "2", "0, 8"), 4), "truncated");
        refused(bytes(entry("F32", "1", "9223372036854775803, 9223372036854775807"), 4), "truncated");
        refused(bytes(entry("F32", "4294967296, 4294967296", "0, 4"), 4), "overflows");
        refused(bytes(entry("F32", "2305843009213693952", "0, 4"), 4), "overflows");
    }

    @Test
    void dimensions_have_a_limit() throws IOException {
        SafetensorsFile.open(stored(bytes(
                        entry("U8", "1" + ",1".repeat(SafetensorsFile.DIMENSIONS_MAX - 1), "0, 1"), 1)))
                .close();
        refused(bytes(entry("U8", "1" + ",1".repeat(SafetensorsFile.DIMENSIONS_MAX), "0, 1"), 1), "more than 8");
    }

    @Test
    void tensor_count_has_a_limit() throws IOException {
        for (int more : new int[] {0, 1}) {
            var header = new StringBuilder("{");
            for (int i = 0; i < SafetensorsFile.TENSOR_COUNT_MAX + more; i++) {
                header.append(i == 0 ? "" : ",")
                        .append('"')
                        .append(i)
                        .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
            }
            var bytes = bytes(header.append('}').toString(), 0);
            if (more == 0) {
                SafetensorsFile.open(stored(bytes)).close();
            } else {
                refused(bytes, "the limit");
            }
        }
    }

    @Test
    void overlaps_holes_and_leftovers_are_refused() throws IOException {
        var two = """
                {"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]},
                 "b": {"dtype": "U8", "shape": [4], "data_offsets": [%d, %d]}}""";
        refused(bytes(two.formatted(3, 7), 7), "'a' and 'b' overlap");
        refused(bytes(two.formatted(0, 4), 4), "overlap");
        refused(bytes(two.formatted(5, 9), 9), "hole before tensor 'b'");
        refused(bytes(two.formatted(4, 8), 9), "1 bytes after its last tensor");
    }

    @Test
    void tensors_over_two_gibibytes_are_mapped() throws IOException {
        long count = (1L << 31) + 16;
        var header = entry("U8", String.valueOf(count), "0, " + count).getBytes(StandardCharsets.UTF_8);
        var path = folder.resolve("big.safetensors");
        try (var sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.write(new LittleEndian().int64(header.length).raw(header).toBytes());
            sparse.setLength(sparse.length() + count);
            sparse.seek(sparse.length() - 1);
            sparse.write(42);
        }
        try (var file = SafetensorsFile.open(path)) {
            var data = Objects.requireNonNull(file.tensors().get("a")).data();
            assertThat(data.byteSize()).isEqualTo(count);
            assertThat(BlockBytes.unsigned8(data, count - 1)).isEqualTo(42);
        }
    }

    private static String entry(String type, String shape, String offsets) {
        return "{\"a\": {\"dtype\": \"%s\", \"shape\": [%s], \"data_offsets\": [%s]}}".formatted(type, shape, offsets);
    }

    private static byte[] bytes(String header, int dataBytes) {
        var utf8 = header.getBytes(StandardCharsets.UTF_8);
        return new LittleEndian()
                .int64(utf8.length)
                .raw(utf8)
                .raw(new byte[dataBytes])
                .toBytes();
    }

    private void refused(byte[] bytes, String messagePart) throws IOException {
        var path = stored(bytes);
        assertThatThrownBy(() -> SafetensorsFile.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(messagePart)
                .hasMessageContaining("test.safetensors");
    }

    private Path stored(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("test.safetensors"), bytes);
    }
}
