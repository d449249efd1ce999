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
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobFolderTest {
    private static final byte[] BYTES = "hello".getBytes(StandardCharsets.UTF_8);
    private static final String HEX = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    private static final String DIGEST = "sha256:" + HEX;

    private static final Function<String, InputStream> NO_DOWNLOAD = digest -> {
        throw new AssertionError("asked to download");
    };

    private static final BlobFolder.Wanted WANTED = new BlobFolder.Wanted(DIGEST, BYTES.length);

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
        assertThat(file(NO_DOWNLOAD)).isEqualTo(place);
    }

    @Test
    void a_missing_blob_is_downloaded_once() {
        assertThat(file(digest -> new ByteArrayInputStream(BYTES)))
                .isEqualTo(place)
                .hasBinaryContent(BYTES);
        assertThat(file(NO_DOWNLOAD)).isEqualTo(place);
    }

    @Test
    void other_bytes_or_another_size_are_never_kept() {
        for (var wrong : new String[] {"hullo", "hell", "hello, and much more than that"}) {
            assertThatThrownBy(() -> file(digest -> new ByteArrayInputStream(wrong.getBytes(StandardCharsets.UTF_8))))
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining("cannot be had");
            assertThat(place.resolveSibling("")).isEmptyDirectory();
        }
    }

    @Test
    void a_blob_that_changed_on_disk_is_refused() throws IOException {
        file(digest -> new ByteArrayInputStream(BYTES));
        Files.delete(place);
        Files.writeString(place, "hullo");
        assertThatThrownBy(() -> file(NO_DOWNLOAD)).hasMessageContaining("delete it to have it fetched again");
        Files.writeString(place, "hello!");
        assertThatThrownBy(() -> file(NO_DOWNLOAD)).hasMessageContaining("has 6 bytes");
    }

    @Test
    void a_digest_cannot_lead_out_of_the_folder() {
        assertThatThrownBy(() -> blobs.files(List.of(new BlobFolder.Wanted("sha256:../../etc/passwd", 1)), NO_DOWNLOAD))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("not a digest");
    }

    @Test
    void a_flipped_byte_is_noticed_also_after_a_restart() throws IOException {
        layDown(BYTES, Instant.now().minusSeconds(60));
        file(NO_DOWNLOAD);
        blobs = new BlobFolder(folder);
        Files.writeString(place, "hellp");
        assertThatThrownBy(() -> file(NO_DOWNLOAD))
                .hasMessageContaining(place.toString())
                .hasMessageContaining("should have " + DIGEST)
                .hasMessageContaining("its bytes have sha256:")
                .hasMessageContaining("delete it");
    }

    /** Only the time of change gives it away, which a program cannot set. */
    @Test
    void a_flipped_byte_under_the_old_time_of_modification_is_noticed() throws IOException {
        var time = Instant.now().minusSeconds(60);
        layDown(BYTES, time);
        file(NO_DOWNLOAD);
        Files.writeString(place, "hellp");
        Files.setLastModifiedTime(place, FileTime.from(time));
        assertThatThrownBy(() -> file(NO_DOWNLOAD)).hasMessageContaining("damaged or was replaced");
    }

    @Test
    void a_truncated_and_a_replaced_file_are_noticed() throws IOException {
        layDown(BYTES, Instant.now().minusSeconds(60));
        file(NO_DOWNLOAD);
        var other = folder.resolve("other");
        Files.writeString(other, "hullo");
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(place));
        Files.move(other, place, StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> file(NO_DOWNLOAD)).hasMessageContaining("its bytes have");
        Files.writeString(place, "hel");
        assertThatThrownBy(() -> file(NO_DOWNLOAD)).hasMessageContaining("has 3 bytes, should have 5");
    }

    @Test
    void what_is_replaced_between_verifying_and_opening_is_refused() throws IOException {
        layDown(BYTES, Instant.now().minusSeconds(60));
        var verified = file(NO_DOWNLOAD);
        blobs.confirm(List.of(verified));
        Files.writeString(place, "hullo");
        assertThatThrownBy(() -> blobs.confirm(List.of(verified))).hasMessageContaining("was changed while");
        Files.delete(place);
        assertThatThrownBy(() -> blobs.confirm(List.of(verified))).hasMessageContaining("went away");
    }

    @Test
    void several_files_are_verified_and_the_damaged_one_is_named() throws IOException {
        layDown(BYTES, Instant.now().minusSeconds(60));
        var wanted = new ArrayList<BlobFolder.Wanted>();
        for (int i = 0; i < 20; i++) {
            var bytes = ("file " + i).getBytes(StandardCharsets.UTF_8);
            var digest = "sha256:" + sha256(bytes);
            wanted.add(new BlobFolder.Wanted(digest, bytes.length));
        }
        var all = blobs.files(
                wanted,
                digest -> new ByteArrayInputStream(("file " + index(wanted, digest)).getBytes(StandardCharsets.UTF_8)));
        assertThat(all.get(3)).hasContent("file 3");
        var damaged = all.get(7);
        Files.writeString(damaged, "fileX7");
        assertThatThrownBy(() -> blobs.files(wanted, NO_DOWNLOAD)).hasMessageContaining(damaged.toString());
    }

    private static int index(List<BlobFolder.Wanted> wanted, String digest) {
        return wanted.stream().map(BlobFolder.Wanted::digest).toList().indexOf(digest);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void layDown(byte[] bytes, Instant time) throws IOException {
        Files.createDirectories(place.resolveSibling(""));
        Files.write(place, bytes);
        Files.setLastModifiedTime(place, FileTime.from(time));
    }

    private Path file(Function<String, InputStream> download) {
        return blobs.files(List.of(WANTED), download).getFirst();
    }
}
