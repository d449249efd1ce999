package io.weighbridge.inference.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.inference.InferenceException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobFolderTest {
    private static final byte[] BYTES = "hello".getBytes(StandardCharsets.UTF_8);
    private static final String HEX = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    private static final String DIGEST = "sha256:" + HEX;

    private static final Supplier<InputStream> NO_DOWNLOAD = () -> {
        throw new AssertionError("asked to download");
    };

    @TempDir
    Path folder;

    private BlobFolder blobs;
    private Path place;

    @BeforeEach
    void open() {
        blobs = new BlobFolder(folder);
        place = folder.resolve("sha256/2c").resolve(HEX);
    }

    @Test
    void a_blob_that_is_there_is_not_downloaded() throws IOException {
        Files.createDirectories(place.resolveSibling(""));
        Files.write(place, BYTES);
        assertThat(blobs.file(DIGEST, BYTES.length, NO_DOWNLOAD)).isEqualTo(place);
    }

    @Test
    void a_missing_blob_is_downloaded_once() {
        assertThat(blobs.file(DIGEST, BYTES.length, () -> new ByteArrayInputStream(BYTES)))
                .isEqualTo(place)
                .hasBinaryContent(BYTES);
        assertThat(blobs.file(DIGEST, BYTES.length, NO_DOWNLOAD)).isEqualTo(place);
    }

    @Test
    void other_bytes_or_another_size_are_never_kept() {
        for (var wrong : new String[] {"hullo", "hell", "hello, and much more than that"}) {
            assertThatThrownBy(() -> blobs.file(
                            DIGEST,
                            BYTES.length,
                            () -> new ByteArrayInputStream(wrong.getBytes(StandardCharsets.UTF_8))))
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining("cannot be had");
            assertThat(place.resolveSibling("")).isEmptyDirectory();
        }
    }

    @Test
    void a_blob_that_changed_on_disk_is_refused() throws IOException {
        blobs.file(DIGEST, BYTES.length, () -> new ByteArrayInputStream(BYTES));
        Files.delete(place);
        Files.writeString(place, "hullo");
        assertThatThrownBy(() -> blobs.file(DIGEST, BYTES.length, NO_DOWNLOAD))
                .hasMessageContaining("delete it to have it fetched again");
        Files.writeString(place, "hello!");
        assertThatThrownBy(() -> blobs.file(DIGEST, BYTES.length, NO_DOWNLOAD)).hasMessageContaining("has 6 bytes");
    }

    @Test
    void a_digest_cannot_lead_out_of_the_folder() {
        assertThatThrownBy(() -> blobs.file("sha256:../../etc/passwd", 1, NO_DOWNLOAD))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("not a digest");
    }
}
