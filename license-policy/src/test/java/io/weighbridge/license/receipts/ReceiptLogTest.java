package io.weighbridge.license.receipts;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptLogTest {
    @TempDir
    Path temp;

    private Path folder() {
        return temp.resolve("gateway").resolve("receipts");
    }

    @Test
    void a_receipt_is_on_the_disk_within_the_window() {
        try (var log = ReceiptLog.open(folder(), Logs.FAST)) {
            assertThat(log.append(Logs.draft(1)).join()).isEqualTo(new Receipt(1, Logs.draft(1)));
            assertThat(log.append(Logs.draft(2)).join().sequence()).isEqualTo(2);
            assertThat(log.status().durable()).isEqualTo(2);
            assertThat(log.status().isAccepting()).isTrue();
            // Readable while it is open.
            assertThat(ReceiptVerifier.of(folder()).verify().isVerified()).isTrue();
        }
        assertThat(Logs.sequences(folder())).containsExactly(1L, 2L);
    }

    @Test
    void a_reopened_log_goes_on() {
        for (int i = 1; i <= 5; i++) {
            try (var log = ReceiptLog.open(folder(), Logs.FAST)) {
                assertThat(log.recovery()).isNull();
                assertThat(log.append(Logs.draft(i)).join().sequence()).isEqualTo(i);
            }
        }
        assertThat(ReceiptVerifier.of(folder()).verify().isVerified()).isTrue();
    }

    @Test
    void flush_and_close_do_not_wait_for_the_window() {
        var patient = Options.defaults().withWindow(Options.WINDOW_MAX);
        var log = ReceiptLog.open(folder(), patient);
        var first = log.append(Logs.draft(1));
        log.flush();
        assertThat(first).isCompleted();
        var second = log.append(Logs.draft(2));
        log.close();
        assertThat(second).isCompletedWithValueMatching(receipt -> receipt.sequence() == 2);
        assertThatThrownBy(() -> log.append(Logs.draft(3)))
                .isInstanceOf(ReceiptLogException.class)
                .hasMessageContaining("closed");
        assertThat(log.status().isAccepting()).isFalse();
    }

    @Test
    void a_signature_comes_by_time_by_number_by_flush_and_by_close() throws Exception {
        var files = new LogFolder(folder());
        var byTime = Logs.FAST.withSignEvery(Duration.ofMillis(50));
        try (var log = ReceiptLog.open(folder(), byTime)) {
            log.append(Logs.draft(1)).join();
            var deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (requireNonNull(files.readHead()).last() < 1 && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(requireNonNull(files.readHead()).last()).isEqualTo(1);
        }
        var byNumber = Logs.FAST.withSignEvery(Options.SIGN_EVERY_MAX).withGroupMax(4);
        try (var log = ReceiptLog.open(folder(), byNumber)) {
            for (int i = 2; i <= 6; i++) {
                log.append(Logs.draft(i)).join();
            }
            assertThat(requireNonNull(files.readHead()).last()).isEqualTo(5);
            assertThat(log.status().durable()).isEqualTo(6);
            log.flush();
            assertThat(requireNonNull(files.readHead()).last()).isEqualTo(6);
            log.append(Logs.draft(7)).join();
            assertThat(requireNonNull(files.readHead()).last()).isEqualTo(6);
        }
        assertThat(requireNonNull(files.readHead()).last()).isEqualTo(7);
        assertThat(ReceiptVerifier.of(folder()).verify().isVerified()).isTrue();
    }

    @Test
    void a_file_that_is_full_is_signed_and_ended_at_once() throws Exception {
        var options = Logs.FAST.withSignEvery(Options.SIGN_EVERY_MAX).withSegmentBytes(Options.SEGMENT_BYTES_MIN);
        try (var log = ReceiptLog.open(folder(), options)) {
            for (int i = 1; i <= 20; i++) {
                log.append(Logs.draft(i)).join();
            }
            assertThat(new LogFolder(folder()).segments()).hasSizeGreaterThan(2);
        }
        assertThat(ReceiptVerifier.of(folder()).verify().isVerified()).isTrue();
    }

    @Test
    void many_threads_append_each_receipt_once_and_in_sequence() throws Exception {
        var threads = 16;
        var each = 250;
        var options = Logs.FAST.withGroupMax(64).withSegmentBytes(64 * 1024);
        var futures = new ConcurrentLinkedQueue<CompletableFuture<Receipt>>();
        try (var log = ReceiptLog.open(folder(), options)) {
            var workers = IntStream.range(0, threads)
                    .mapToObj(worker -> Thread.ofPlatform().start(() -> {
                        for (int i = 0; i < each; i++) {
                            futures.add(log.append(Logs.draft(worker * each + i)));
                        }
                    }))
                    .toList();
            for (var worker : workers) {
                worker.join();
            }
            log.flush();
        }
        var read = new ArrayList<Receipt>();
        var found = ReceiptVerifier.of(folder()).verify((receipt, _) -> read.add(receipt));
        assertThat(found.problems()).isEmpty();
        assertThat(read)
                .extracting(Receipt::sequence)
                .isEqualTo(LongStream.rangeClosed(1, threads * each).boxed().toList());
        assertThat(futures).extracting(CompletableFuture::join).containsExactlyInAnyOrderElementsOf(read);
        for (int worker = 0; worker < threads; worker++) {
            var own = worker;
            assertThat(read.stream()
                            .map(receipt ->
                                    Integer.parseInt(receipt.draft().decision().substring(4)))
                            .filter(number -> number / each == own))
                    .as("the order of worker %d", worker)
                    .isSorted()
                    .hasSize(each);
        }
    }

    @Test
    void a_full_queue_refuses() throws Exception {
        var disk = new FailingDisk();
        var options = Logs.FAST.withQueueCapacity(4).withBlockFor(Duration.ofMillis(20));
        try (var log = ReceiptLog.open(folder(), options, InstantSource.system(), disk)) {
            disk.hold();
            log.append(Logs.draft(0));
            disk.awaitHeld();
            for (int i = 1; i <= 4; i++) {
                log.append(Logs.draft(i));
            }
            assertThatThrownBy(() -> log.append(Logs.draft(5)))
                    .isInstanceOfSatisfying(
                            ReceiptLogException.class,
                            full -> assertThat(full.reason()).isEqualTo(ReceiptLogException.Reason.FULL))
                    .hasMessageContaining("4 receipts wait");
            assertThat(log.status().waiting()).isEqualTo(4);
            disk.release();
            log.flush();
            assertThat(log.append(Logs.draft(5)).join().sequence()).isEqualTo(6);
        }
        assertThat(Logs.sequences(folder())).hasSize(6);
    }

    @Test
    void an_append_waits_for_room_as_long_as_it_may() throws Exception {
        var disk = new FailingDisk();
        var options = Logs.FAST.withQueueCapacity(1).withBlockFor(Options.BLOCK_MAX);
        try (var log = ReceiptLog.open(folder(), options, InstantSource.system(), disk)) {
            disk.hold();
            log.append(Logs.draft(0));
            disk.awaitHeld();
            log.append(Logs.draft(1));
            var waiting = CompletableFuture.supplyAsync(
                    () -> log.append(Logs.draft(2)).join());
            disk.release();
            assertThat(waiting.join().sequence()).isEqualTo(3);
        }
    }

    @Test
    void a_disk_that_fails_stops_the_log_and_loses_nothing_acknowledged() {
        for (var failure : FailingDisk.Failure.values()) {
            var folder = temp.resolve(failure.name());
            var disk = new FailingDisk();
            var log = ReceiptLog.open(folder, Logs.FAST, InstantSource.system(), disk);
            log.append(Logs.draft(1)).join();
            disk.fail(failure);
            var lost = log.append(Logs.draft(2));
            assertThatThrownBy(lost::join)
                    .hasCauseInstanceOf(ReceiptLogException.class)
                    .hasMessageContaining("No space left on device");
            assertThatThrownBy(() -> log.append(Logs.draft(3)))
                    .isInstanceOfSatisfying(
                            ReceiptLogException.class,
                            failed -> assertThat(failed.reason()).isEqualTo(ReceiptLogException.Reason.FAILED))
                    .hasMessageContaining("then restart");
            assertThat(log.status().isAccepting()).isFalse();
            assertThat(log.status().problem()).contains("No space left");
            assertThat(log.status().durable()).isEqualTo(1);
            log.close();

            try (var again = ReceiptLog.open(folder, Logs.FAST)) {
                var next = again.append(Logs.draft(3)).join().sequence();
                assertThat(next).isBetween(2L, 3L);
            }
            assertThat(ReceiptVerifier.of(folder).verify().problems()).isEmpty();
            assertThat(Logs.sequences(folder)).startsWith(1L, 2L);
        }
    }

    @Test
    void only_one_may_write() {
        try (var _ = ReceiptLog.open(folder(), Logs.FAST)) {
            assertThatThrownBy(() -> ReceiptLog.open(folder(), Logs.FAST))
                    .isInstanceOfSatisfying(
                            ReceiptLogException.class,
                            used -> assertThat(used.reason()).isEqualTo(ReceiptLogException.Reason.IN_USE));
        }
        ReceiptLog.open(folder(), Logs.FAST).close();
    }

    @Test
    void the_private_key_is_for_the_owner_only() throws Exception {
        ReceiptLog.open(folder(), Logs.FAST).close();
        var files = new LogFolder(folder());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.signingKey())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder())))
                .isEqualTo("rwx------");
        assertThat(Files.readString(files.publicKey()))
                .startsWith("-----BEGIN PUBLIC KEY-----\n")
                .doesNotContain("PRIVATE");
    }

    @Test
    void a_missing_public_key_is_written_again_and_a_missing_private_key_is_not() throws Exception {
        Logs.write(folder(), Logs.FAST, 1, 2);
        var files = new LogFolder(folder());
        Files.delete(files.publicKey());
        ReceiptLog.open(folder(), Logs.FAST).close();
        assertThat(ReceiptVerifier.of(folder()).verify().isVerified()).isTrue();
        Files.delete(files.signingKey());
        assertThatThrownBy(() -> ReceiptLog.open(folder(), Logs.FAST))
                .isInstanceOfSatisfying(
                        ReceiptLogException.class,
                        key -> assertThat(key.reason()).isEqualTo(ReceiptLogException.Reason.KEY))
                .hasMessageContaining("put the key back");
        SigningKey.create().write(files.signingKey());
        assertThatThrownBy(() -> ReceiptLog.open(folder(), Logs.FAST))
                .hasMessageContaining("put the log's own key back");
    }

    @Test
    void a_rotated_key_leaves_everything_verifiable_with_either_key() {
        var files = new LogFolder(folder());
        Logs.write(folder(), Logs.FAST.withSegmentBytes(4096), 1, 3, 4);
        var old = Keys.read(files.publicKey());
        try (var log = ReceiptLog.open(folder(), Logs.FAST.withSegmentBytes(4096))) {
            log.append(Logs.draft(8));
            var id = log.rotateKey();
            assertThat(id).isNotEqualTo(Keys.id(old)).isEqualTo(Keys.id(Keys.read(files.publicKey())));
            log.append(Logs.draft(9));
            log.flush();
            assertThat(log.status().keyId()).isEqualTo(id);
        }
        Logs.write(folder(), Logs.FAST.withSegmentBytes(4096), 10, 5);
        assertThat(files.formerPublicKey(Keys.id(old))).exists();
        assertThat(ReceiptVerifier.of(folder()).verify().problems()).isEmpty();
        assertThat(ReceiptVerifier.of(folder(), old).verify().problems()).isEmpty();
        var proof = ReceiptVerifier.of(folder()).prove(receipt -> receipt.sequence() == 2);
        assertThat(requireNonNull(proof).check(old).sequence()).isEqualTo(2);
    }

    @Test
    void options_have_limits() {
        var good = Options.defaults();
        good.withWindow(Options.WINDOW_MAX)
                .withSignEvery(Options.SIGN_EVERY_MAX)
                .withBlockFor(Options.BLOCK_MAX)
                .withQueueCapacity(Options.QUEUE_CAPACITY_MAX);
        good.withSegmentBytes(Options.SEGMENT_BYTES_MIN)
                .withSegmentBytes(Options.SEGMENT_BYTES_MAX)
                .withGroupMax(Options.GROUP_MAX);
        for (var wrong : List.<Runnable>of(
                () -> good.withWindow(Options.WINDOW_MAX.plusNanos(1)),
                () -> good.withWindow(Duration.ZERO),
                () -> good.withSignEvery(Options.SIGN_EVERY_MAX.plusNanos(1)),
                () -> good.withSignEvery(Duration.ZERO),
                () -> good.withBlockFor(Options.BLOCK_MAX.plusNanos(1)),
                () -> good.withQueueCapacity(Options.QUEUE_CAPACITY_MAX + 1),
                () -> good.withQueueCapacity(0),
                () -> good.withSegmentBytes(Options.SEGMENT_BYTES_MIN - 1),
                () -> good.withSegmentBytes(Options.SEGMENT_BYTES_MAX + 1),
                () -> good.withGroupMax(Options.GROUP_MAX + 1),
                () -> good.withOpenSegments(0))) {
            assertThatThrownBy(wrong::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be from");
        }
    }
}
