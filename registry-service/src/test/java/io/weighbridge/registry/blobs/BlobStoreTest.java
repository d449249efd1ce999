package io.weighbridge.registry.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlobStoreTest {
    private static final byte[] BYTES = "the right bytes".getBytes(StandardCharsets.UTF_8);
    private static final CheckpointFile FILE = new CheckpointFile("a.gguf", BYTES.length, Digest.of(BYTES));

    @TempDir
    private Path root;

    private BlobStore blobs;

    @BeforeEach
    void open() {
        blobs = new BlobStore(root);
    }

    @Test
    void right_bytes_become_a_blob_under_their_digest() throws Exception {
        var sizes = new ArrayList<Long>();
        var partial = blobs.partial(FILE, "s");
        partial.append(new ByteArrayInputStream(BYTES), sizes::add);
        assertThat(blobs.contains(FILE.digest())).isFalse();
        partial.commit();
        var hex = FILE.digest().hex();
        assertThat(root.resolve("sha256").resolve(hex.substring(0, 2)).resolve(hex))
                .hasBinaryContent(BYTES);
        assertThat(sizes).containsExactly((long) BYTES.length);
        assertThat(allFiles()).hasSize(1);
    }

    @Test
    void an_empty_file_is_a_blob_too() throws Exception {
        var empty = new CheckpointFile("empty", 0, Digest.of(new byte[0]));
        blobs.partial(empty, "s").commit();
        assertThat(blobs.contains(empty.digest())).isTrue();
    }

    @Test
    void wrong_bytes_are_not_kept() throws Exception {
        var partial = blobs.partial(FILE, "s");
        var wrong = BYTES.clone();
        wrong[3]++;
        partial.append(new ByteArrayInputStream(wrong), _ -> {});
        assertThatThrownBy(partial::commit)
                .isInstanceOf(PartialBlob.WrongBytesException.class)
                .hasMessageContaining(FILE.digest().toString());
        assertThat(allFiles()).isEmpty();
    }

    @Test
    void too_few_bytes_are_not_kept_on_commit() throws Exception {
        var partial = blobs.partial(FILE, "s");
        partial.append(new ByteArrayInputStream(BYTES, 0, 4), _ -> {});
        assertThatThrownBy(partial::commit).hasMessageContaining("it sent 4 bytes, pinned are 15");
        assertThat(allFiles()).isEmpty();
    }

    @Test
    void more_than_the_pinned_size_is_never_written() throws Exception {
        var partial = blobs.partial(FILE, "s");
        var endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }
        };
        assertThatThrownBy(() -> partial.append(endless, _ -> {})).isInstanceOf(PartialBlob.WrongBytesException.class);
        assertThat(partial.size()).isLessThanOrEqualTo(BYTES.length);
    }

    @Test
    void what_came_before_a_break_stays_for_the_same_source_only() throws Exception {
        blobs.partial(FILE, "one").append(new ByteArrayInputStream(BYTES, 0, 4), _ -> {});
        assertThat(blobs.partial(FILE, "one").size()).isEqualTo(4);
        assertThat(blobs.partial(FILE, "two").size()).isZero();
        var resumed = blobs.partial(FILE, "one");
        resumed.append(new ByteArrayInputStream(BYTES, 4, BYTES.length - 4), _ -> {});
        resumed.commit();
        assertThat(blobs.path(FILE.digest())).hasBinaryContent(BYTES);
    }

    @Test
    void a_full_disk_is_named_as_such() throws Exception {
        // /dev/full answers every write as a full disk does.
        var full = new BlobStore(root, _ -> Files.newOutputStream(Path.of("/dev/full")));
        assertThatThrownBy(() -> full.partial(FILE, "s").append(new ByteArrayInputStream(BYTES), _ -> {}))
                .isInstanceOf(PartialBlob.StorageException.class)
                .hasMessageContaining("No space left on device")
                .hasMessageContaining(root.toString())
                .hasMessageContaining("Free space");
    }

    @Test
    void probe_leaves_nothing_and_fails_where_nothing_can_be_written() throws Exception {
        blobs.probe();
        assertThat(allFiles()).isEmpty();
        var file = Files.createFile(root.resolve("a-file"));
        assertThatThrownBy(new BlobStore(file)::probe).isInstanceOf(IOException.class);
    }

    private List<Path> allFiles() throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
