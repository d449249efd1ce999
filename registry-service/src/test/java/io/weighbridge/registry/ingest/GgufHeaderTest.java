package io.weighbridge.registry.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.Declaration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GgufHeaderTest {
    @TempDir
    private Path folder;

    @Test
    void whole_file_tells_its_traits_and_license() throws Exception {
        var contents = read(GgufBytes.small());
        assertThat(contents.traits())
                .isEqualTo(new Checkpoint.Traits(Checkpoint.Format.GGUF, "llama", 72, "Q4_1", 8192, true));
        assertThat(contents.license()).isEqualTo(Declaration.of("apache-2.0"));
    }

    @Test
    void file_cut_anywhere_is_refused() {
        var whole = GgufBytes.small();
        for (int length = 0; length < whole.length - 32; length++) {
            var cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut)).as("cut at %d", length).isInstanceOf(RefusedFileException.class);
        }
    }

    @Test
    void counts_of_2_to_the_63_are_refused_as_such() {
        refuses(GgufBytes.header(Long.MIN_VALUE, 0), "number of tensors is 9223372036854775808");
        refuses(GgufBytes.header(0, Long.MIN_VALUE), "number of keys is 9223372036854775808");
        refuses(GgufBytes.header(0, 1).int64(Long.MIN_VALUE), "length of a key's name is 9223372036854775808");
        refuses(
                GgufBytes.header(0, 1).string("k").int32(8).int64(Long.MIN_VALUE),
                "length of value of k is 9223372036854775808");
        refuses(
                GgufBytes.header(0, 1).string("k").int32(9).int32(4).int64(Long.MIN_VALUE),
                "length of array k is 9223372036854775808");
        refuses(tensors(1).string("t").int32(1).int64(Long.MIN_VALUE), "a dimension of 't' is 9223372036854775808");
        refuses(tensors(1).tensor("t", 0, Long.MIN_VALUE, 8).data(32), "offset of 't' is 9223372036854775808");
    }

    @Test
    void every_limit_holds_one_above_it() {
        refuses(GgufBytes.header(GgufHeader.TENSOR_COUNT_MAX + 1L, 0), "limit is " + GgufHeader.TENSOR_COUNT_MAX);
        refuses(GgufBytes.header(0, GgufHeader.KEY_COUNT_MAX + 1L), "limit is " + GgufHeader.KEY_COUNT_MAX);
        refuses(
                GgufBytes.header(0, 1).string("n".repeat(GgufHeader.NAME_BYTES_MAX + 1)),
                "limit is " + GgufHeader.NAME_BYTES_MAX);
        refuses(
                GgufBytes.header(0, 1).string("k").int32(8).int64(GgufHeader.STRING_BYTES_MAX + 1L),
                "limit is " + GgufHeader.STRING_BYTES_MAX);
        refuses(
                GgufBytes.header(0, 1).string("k").int32(9).int32(0).int64(GgufHeader.ARRAY_LENGTH_MAX + 1L),
                "limit is " + GgufHeader.ARRAY_LENGTH_MAX);
        refuses(tensors(1).tensor("t", 0, 0, 1, 1, 1, 1, 1), "limit is " + GgufHeader.DIMENSION_COUNT_MAX);
        var nested = GgufBytes.header(0, 1).string("k").int32(9);
        for (int depth = 0; depth < GgufHeader.NESTING_MAX; depth++) {
            nested.int32(9).int64(1);
        }
        refuses(nested, "deeper than " + GgufHeader.NESTING_MAX);
        refuses(
                GgufBytes.header(0, 1)
                        .number("general.alignment", GgufHeader.ALIGNMENT_MAX * 2)
                        .data(0),
                "up to " + GgufHeader.ALIGNMENT_MAX);
    }

    @Test
    void at_the_limits_names_are_accepted() throws Exception {
        var name = "n".repeat(GgufHeader.NAME_BYTES_MAX);
        assertThat(read(tensors(1).tensor(name, 0, 0, 1, 1, 1, 8).data(32).bytes())
                        .traits()
                        .parameterCount())
                .isEqualTo(8);
    }

    @Test
    void overlapping_tensors_are_refused() {
        refuses(tensors(2).tensor("a", 0, 0, 16).tensor("b", 0, 32, 8).data(96), "'a' and 'b' overlap");
        refuses(tensors(2).tensor("a", 0, 0, 8).tensor("b", 0, 0, 8).data(96), "'a' and 'b' overlap");
    }

    @Test
    void tensors_outside_the_file_misaligned_or_too_large_are_refused() {
        refuses(tensors(1).tensor("a", 0, 0, 8).data(31), "'a' ends outside the file");
        refuses(tensors(1).tensor("a", 0, Long.MAX_VALUE - 31, 8).data(32), "'a' ends outside the file");
        refuses(tensors(1).tensor("a", 0, 4, 8).data(96), "not aligned");
        refuses(tensors(1).tensor("a", 0, 0, 1L << 40, 1L << 40).data(32), "larger than 2^63");
        refuses(tensors(1).tensor("a", 3, 0, 16).data(96), "no whole number of Q4_1 blocks");
        refuses(tensors(1).tensor("a", 4711, 0, 16).data(96), "unknown type 4711");
        refuses(tensors(2).tensor("a", 0, 0, 8).tensor("a", 0, 32, 8).data(96), "'a' appears twice");
    }

    @Test
    void wrong_magic_version_and_missing_keys_are_refused() {
        refuses(new GgufBytes().int32(0).data(64), "does not begin with GGUF");
        refuses(new GgufBytes().int32(0x46554747).int32(1).data(64), "version 1 is not supported");
        refuses(GgufBytes.header(0, 2).key("k", "").key("k", ""), "key 'k' appears twice");
        refuses(GgufBytes.header(0, 1).string("k").int32(13), "unknown type 13");
        refuses(GgufBytes.header(0, 0), "general.architecture is missing");
        refuses(GgufBytes.header(0, 1).key("general.architecture", "llama").data(0), "context_length is missing");
        refuses(tensors(0).data(0), "no tensors");
    }

    private static GgufBytes tensors(int count) {
        return GgufBytes.header(count, 2).key("general.architecture", "llama").number("llama.context_length", 64);
    }

    private void refuses(GgufBytes bytes, String why) {
        assertThatThrownBy(() -> read(bytes.bytes()))
                .isInstanceOf(RefusedFileException.class)
                .hasMessageContaining("m.gguf")
                .hasMessageContaining(why);
    }

    private CheckpointReader.Contents read(byte[] bytes) throws Exception {
        var file = folder.resolve("m.gguf");
        Files.write(file, bytes);
        return GgufHeader.read(file, "m.gguf");
    }
}
