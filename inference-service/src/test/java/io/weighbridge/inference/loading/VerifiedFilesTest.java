package io.weighbridge.inference.loading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifiedFilesTest {
    private static final String HEX = "ab".repeat(32);
    private static final VerifiedFiles.State STATE = new VerifiedFiles.State("(dev=1,ino=2)", 3, 4, 5);

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void place() {
        file = folder.resolve("verified-files");
    }

    @Test
    void what_was_verified_is_known_after_a_restart() {
        new VerifiedFiles(file).add(HEX, STATE);
        var again = new VerifiedFiles(file);
        assertThat(again.holds(HEX, STATE)).isTrue();
        assertThat(again.holds(HEX, new VerifiedFiles.State("(dev=1,ino=2)", 3, 4, 6)))
                .isFalse();
        assertThat(again.holds("cd".repeat(32), STATE)).isFalse();
    }

    @Test
    void two_processes_keep_each_others_entries() {
        var one = new VerifiedFiles(file);
        var two = new VerifiedFiles(file);
        one.add(HEX, STATE);
        two.add("cd".repeat(32), STATE);
        assertThat(new VerifiedFiles(file).holds(HEX, STATE)).isTrue();
        assertThat(new VerifiedFiles(file).holds("cd".repeat(32), STATE)).isTrue();
    }

    @Test
    void a_file_that_is_damaged_counts_as_empty_and_is_replaced() throws IOException {
        for (var damage : new String[] {
            "", "garbage", "weighbridge verified files 1\nab 1 2\n", "weighbridge verified files 1\nab i x 1 2\n"
        }) {
            Files.writeString(file, damage);
            var files = new VerifiedFiles(file);
            assertThat(files.holds(HEX, STATE)).isFalse();
            files.add(HEX, STATE);
            assertThat(new VerifiedFiles(file).holds(HEX, STATE)).isTrue();
        }
    }

    @Test
    void bytes_that_are_no_text_count_as_empty() throws IOException {
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 10});
        assertThat(new VerifiedFiles(file).holds(HEX, STATE)).isFalse();
    }

    @Test
    void no_more_than_the_limit_is_kept_and_the_newest_stay() throws IOException {
        var lines = new StringBuilder("weighbridge verified files 1\n");
        for (int i = 0; i < VerifiedFiles.ENTRIES_MAX; i++) {
            lines.append("%064x i 1 2 3\n".formatted(i));
        }
        Files.writeString(file, lines);
        new VerifiedFiles(file).add(HEX, STATE);
        try (var kept = Files.lines(file)) {
            assertThat(kept.count()).isEqualTo(VerifiedFiles.ENTRIES_MAX + 1);
        }
        assertThat(new VerifiedFiles(file).holds(HEX, STATE)).isTrue();
    }

    @Test
    void a_folder_that_cannot_be_written_only_costs_time() {
        var files = new VerifiedFiles(Path.of("/proc/no/such/folder"));
        files.add(HEX, STATE);
        assertThat(files.holds(HEX, STATE)).isTrue();
    }

    /** A change right after the bytes were read could leave the coarse times as they were. */
    @Test
    void a_file_must_have_rested_to_be_remembered() throws IOException {
        var some = Files.writeString(folder.resolve("some"), "hello");
        var now = Instant.now();
        assertThat(VerifiedFiles.State.of(some).restedAt(now)).isFalse();
        assertThat(VerifiedFiles.State.of(some)
                        .restedAt(now.plus(VerifiedFiles.RESTED).plusMillis(100)))
                .isTrue();
        // Setting the time of modification back does not help: the time of change is now.
        Files.setLastModifiedTime(some, FileTime.from(now.minusSeconds(60)));
        assertThat(VerifiedFiles.State.of(some).restedAt(now)).isFalse();
    }
}
