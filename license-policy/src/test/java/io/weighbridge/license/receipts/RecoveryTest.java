package io.weighbridge.license.receipts;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log of two groups, and every state that a crash could have left it in. */
class RecoveryTest {
    private static final Options OPTIONS = Options.defaults().withWindow(Options.WINDOW_MAX);

    /** Cases at once. */
    private static final int LANES = 8;

    @TempDir
    Path temp;

    private Path log = Path.of("");
    private Path crashed = Path.of("");

    /** Heads by the size that the file had when they were written. */
    private final TreeMap<Integer, byte[]> heads = new TreeMap<>();

    @BeforeEach
    void write() {
        log = temp.resolve("log");
        crashed = temp.resolve("crashed");
        var number = 1;
        try (var open = ReceiptLog.open(log, OPTIONS)) {
            keepHead();
            for (var group : new int[] {1, 2}) {
                for (int i = 0; i < group; i++) {
                    open.append(Logs.shortDraft(number++));
                }
                open.flush();
                keepHead();
            }
        }
    }

    @Test
    void a_log_cut_at_any_byte_recovers_to_the_last_whole_record() {
        var bytes = Logs.read(Logs.segment(log, 1));
        var ends = recordEnds(Logs.segment(log, 1));
        inLanes(0, bytes.length + 1, (own, size) -> {
            var head = crash(own, Arrays.copyOf(bytes, size));
            var whole = head == null ? Map.entry(0, 0L) : ends.floorEntry(size);
            try (var open = ReceiptLog.open(own, OPTIONS)) {
                var isSealed = heads.containsKey(size) || size == 0;
                if (isSealed) {
                    assertThat(open.recovery()).as("cut at %d", size).isNull();
                } else {
                    var recovery = requireNonNull(open.recovery());
                    assertThat(recovery.lastSequence()).as("cut at %d", size).isEqualTo(whole.getValue());
                    assertThat(recovery.bytesCut()).as("cut at %d", size).isEqualTo(size - whole.getKey());
                    assertThat(recovery.resigned())
                            .isEqualTo(whole.getValue()
                                    - (head == null ? 0 : Batch.parse(head).last()));
                    assertThat(recovery.cutFile().isEmpty()).isEqualTo(recovery.bytesCut() == 0);
                }
            }
            var found = ReceiptVerifier.of(own).verify();
            assertThat(found.problems()).as("cut at %d", size).isEmpty();
            assertThat(found.signed()).isEqualTo(whole.getValue());
            if (size % 50 == 0) {
                Logs.write(own, OPTIONS, 9, 1);
                assertThat(ReceiptVerifier.of(own).verify().signed()).isEqualTo(whole.getValue() + 1);
            }
        });
    }

    @Test
    void what_was_cut_is_kept_and_the_log_tells_of_it() {
        var bytes = Logs.read(Logs.segment(log, 1));
        var cut = Arrays.copyOf(bytes, heads.ceilingKey(heads.firstKey() + 1) + 400);
        crash(crashed, cut);
        var note = ReceiptVerifier.of(crashed).verify();
        assertThat(note.problems()).isEmpty();
        assertThat(note.notes()).hasSize(2).first().asString().contains("the next start cuts it off");
        ReceiptLog.open(crashed, OPTIONS).close();
        var recovery = ReceiptVerifier.of(crashed).verify().recoveries().getFirst();
        var kept = Logs.read(crashed.resolve(recovery.cutFile()));
        assertThat(kept).isEqualTo(Arrays.copyOfRange(cut, cut.length - kept.length, cut.length));
        assertThat(recovery.describe())
                .contains("the last whole receipt is 2", "1 before it had not been signed", recovery.cutFile());
    }

    @Test
    void cuts_at_one_place_are_kept_up_to_a_limit() throws Exception {
        var cut = Arrays.copyOf(Logs.read(Logs.segment(log, 1)), heads.firstKey() + 1);
        crash(crashed, cut);
        var files = new LogFolder(crashed);
        for (int i = 0; i < LogOpening.CUT_FILES_MAX - 1; i++) {
            Files.createFile(files.cut(1, heads.firstKey(), i));
        }
        ReceiptLog.open(crashed, OPTIONS).close();
        assertThat(files.cut(1, heads.firstKey(), LogOpening.CUT_FILES_MAX - 1)).hasSize(1);
        Logs.write(Logs.segment(crashed, 1), cut);
        Logs.write(Logs.head(crashed), heads.firstEntry().getValue());
        assertThatThrownBy(() -> ReceiptLog.open(crashed, OPTIONS))
                .hasMessageContaining("holds %d files of cut bytes".formatted(LogOpening.CUT_FILES_MAX));
        assertThat(Logs.segment(crashed, 1)).hasSize(cut.length);
    }

    @Test
    void a_cut_below_the_signed_head_is_tampering_and_nothing_is_touched() {
        var bytes = Logs.read(Logs.segment(log, 1));
        inLanes(0, bytes.length, (own, size) -> {
            if (!Files.exists(own)) {
                Logs.copy(log, own);
            }
            Logs.write(Logs.segment(own, 1), Arrays.copyOf(bytes, size));
            assertTampered(own, "cut at " + size);
            assertThat(Files.exists(own.resolve("cut-000001-0-0.bin"))).isFalse();
            assertThat(Logs.segment(own, 1)).hasSize(size);
        });
    }

    @Test
    void a_changed_byte_below_the_signed_head_is_tampering_and_nothing_is_touched() {
        for (var file : List.of(Logs.segment(log, 1), Logs.head(log))) {
            var good = Logs.read(file);
            inLanes(0, good.length, (own, i) -> {
                if (!Files.exists(own)) {
                    Logs.copy(log, own);
                }
                var target = own.resolve(file.getFileName());
                var bytes = good.clone();
                bytes[i] ^= (byte) (1 << i % 8);
                Logs.write(target, bytes);
                assertTampered(own, "byte %d of %s".formatted(i, file));
                assertThat(Logs.read(target)).isEqualTo(bytes);
                Logs.write(target, good);
            });
        }
        ReceiptLog.open(temp.resolve("lane-0"), OPTIONS).close();
    }

    @Test
    void a_changed_byte_behind_the_signed_head_is_cut_and_all_before_it_kept() {
        var bytes = Logs.read(Logs.segment(log, 1));
        var ends = recordEnds(Logs.segment(log, 1));
        var signed = heads.headMap(bytes.length).lastKey();
        inLanes(signed, bytes.length, (own, i) -> {
            Logs.copy(log, own);
            Logs.write(Logs.head(own), heads.floorEntry(signed).getValue());
            var changed = bytes.clone();
            changed[i] ^= (byte) (1 << i % 8);
            Logs.write(Logs.segment(own, 1), changed);
            try (var open = ReceiptLog.open(own, OPTIONS)) {
                var recovery = requireNonNull(open.recovery());
                assertThat(recovery.lastSequence())
                        .as("byte %d", i)
                        .isEqualTo(ends.floorEntry(i).getValue());
            }
            assertThat(ReceiptVerifier.of(own).verify().problems())
                    .as("byte %d", i)
                    .isEmpty();
        });
    }

    @Test
    void a_head_behind_the_log_is_no_tampering() {
        for (var head : heads.values()) {
            Logs.copy(log, crashed);
            Logs.write(Logs.head(crashed), head);
            try (var open = ReceiptLog.open(crashed, OPTIONS)) {
                assertThat(open.recovery()).isNull();
                assertThat(open.status().durable()).isEqualTo(3);
            }
            assertThat(ReceiptVerifier.of(crashed).verify().problems()).isEmpty();
        }
    }

    @Test
    void a_missing_head_over_receipts_is_tampering() throws Exception {
        Logs.copy(log, crashed);
        Files.delete(Logs.head(crashed));
        assertTampered("no head");
    }

    @Test
    void a_missing_file_is_tampering_and_damage_in_an_old_one_is_left_to_verification() throws Exception {
        var small = OPTIONS.withSegmentBytes(Options.SEGMENT_BYTES_MIN);
        Logs.write(log, small, 4, 5, 5, 5, 5);
        var last = new LogFolder(log).segments().lastKey();
        assertThat(last).isGreaterThan(3);
        for (int i = 1; i <= last; i++) {
            Logs.copy(log, crashed);
            Files.delete(Logs.segment(crashed, i));
            assertTampered("file " + i);
            Logs.copy(log, crashed);
            var bytes = Logs.read(Logs.segment(crashed, i));
            bytes[bytes.length / 2] ^= 1;
            Logs.write(Logs.segment(crashed, i), bytes);
            assertThat(ReceiptVerifier.of(crashed).verify().isVerified()).isFalse();
            if (i > last - 2) {
                assertThatThrownBy(() -> ReceiptLog.open(crashed, small.withOpenSegments(2)))
                        .isInstanceOf(ReceiptLogException.class);
            } else {
                ReceiptLog.open(crashed, small.withOpenSegments(2)).close();
            }
        }
    }

    @Test
    void a_change_of_keys_cut_at_any_byte_is_finished_or_undone() {
        var before = Logs.read(Logs.segment(log, 1));
        var oldKey = Logs.read(new LogFolder(log).signingKey());
        var oldHead = Logs.read(Logs.head(log));
        try (var open = ReceiptLog.open(log, OPTIONS)) {
            open.rotateKey();
        }
        var after = Logs.read(Logs.segment(log, 1));
        var newKey = Logs.read(new LogFolder(log).signingKey());
        var changed = recordEnds(Logs.segment(log, 1)).ceilingKey(before.length + 1);
        inLanes(before.length, after.length + 1, (own, size) -> {
            var files = new LogFolder(own);
            Logs.copy(log, own);
            Logs.write(Logs.segment(own, 1), Arrays.copyOf(after, size));
            Logs.write(Logs.head(own), oldHead);
            Logs.write(files.signingKey(), oldKey);
            Logs.write(files.nextKey(), newKey);
            ReceiptLog.open(own, OPTIONS).close();
            assertThat(files.nextKey()).as("cut at %d", size).doesNotExist();
            assertThat(Logs.read(files.signingKey())).isEqualTo(size < changed ? oldKey : newKey);
            assertThat(ReceiptVerifier.of(own).verify().problems())
                    .as("cut at %d", size)
                    .isEmpty();
        });
    }

    @Test
    void receipts_on_the_disk_but_not_signed_survive_a_crash_and_are_signed_by_the_next_start() {
        var folder = temp.resolve("unsigned");
        var patient = Logs.FAST.withSignEvery(Options.SIGN_EVERY_MAX);
        try (var open = ReceiptLog.open(folder, patient)) {
            for (int i = 1; i <= 3; i++) {
                open.append(Logs.shortDraft(i)).join();
            }
            assertThat(open.status().durable()).isEqualTo(3);
            Logs.copy(folder, crashed);
        }
        var before = ReceiptVerifier.of(crashed).verify();
        assertThat(before.problems()).isEmpty();
        assertThat(before.signed()).isZero();
        assertThat(before.notes()).singleElement().asString().contains("receipts 1 to 3 are not signed yet");
        var bytes = Logs.read(Logs.segment(crashed, 1));
        var ends = recordEnds(Logs.segment(crashed, 1));
        inLanes(0, bytes.length + 1, (own, size) -> {
            Logs.copy(crashed, own);
            Logs.write(Logs.segment(own, 1), Arrays.copyOf(bytes, size));
            if (size < signedBytes(crashed)) {
                assertTampered(own, "cut at " + size);
                return;
            }
            var whole = ends.floorEntry(size);
            try (var open = ReceiptLog.open(own, OPTIONS)) {
                if (size == signedBytes(crashed)) {
                    assertThat(open.recovery()).isNull();
                } else {
                    var recovery = requireNonNull(open.recovery());
                    assertThat(recovery.resigned()).as("cut at %d", size).isEqualTo(whole.getValue());
                    assertThat(recovery.bytesCut()).isEqualTo(size - whole.getKey());
                }
            }
            var after = ReceiptVerifier.of(own).verify();
            assertThat(after.problems()).as("cut at %d", size).isEmpty();
            assertThat(after.signed()).isEqualTo(whole.getValue());
        });
    }

    @Test
    void a_process_that_is_killed_loses_nothing_it_acknowledged() throws Exception {
        var folder = temp.resolve("killed");
        var acknowledged = 0L;
        for (int round = 0; round < 3; round++) {
            var child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            AppendingProcess.class.getName(),
                            folder.toString())
                    .redirectErrorStream(true)
                    .start();
            try (var lines = new BufferedReader(child.inputReader(StandardCharsets.US_ASCII))) {
                for (int i = 0; i < 300; i++) {
                    acknowledged = Long.parseLong(requireNonNull(lines.readLine()));
                }
                child.toHandle().destroyForcibly();
                // What it said before it died counts as well; the last line may be cut.
                var rest = lines.lines().toList();
                for (var line : rest.subList(0, Math.max(0, rest.size() - 1))) {
                    acknowledged = Long.parseLong(line);
                }
            }
            assertThat(child.waitFor()).isNotZero();
            ReceiptLog.open(folder, OPTIONS).close();
            var sequences = new ArrayList<Long>();
            var found = ReceiptVerifier.of(folder).verify((receipt, _) -> sequences.add(receipt.sequence()));
            assertThat(found.problems()).isEmpty();
            assertThat(found.receipts()).isGreaterThanOrEqualTo(acknowledged);
            assertThat(sequences)
                    .isEqualTo(
                            LongStream.rangeClosed(1, found.receipts()).boxed().toList());
        }
    }

    private interface Case {
        void at(Path folder, int place);
    }

    /** Runs a case at every place, some at once, each lane in a folder of its own: these loops are long and mostly wait for the disk. */
    private void inLanes(int from, int to, Case test) {
        var lanes = IntStream.range(0, LANES)
                .mapToObj(lane -> CompletableFuture.runAsync(
                        () -> {
                            var own = temp.resolve("lane-" + lane);
                            for (int place = from + lane; place < to; place += LANES) {
                                test.at(own, place);
                            }
                        },
                        work -> Thread.ofPlatform().start(work)))
                .toList();
        lanes.forEach(CompletableFuture::join);
    }

    /** A folder as a crash would leave it that had written {@code bytes}; returns its head. */
    private byte @Nullable [] crash(Path crashed, byte[] bytes) {
        Logs.copy(log, crashed);
        Logs.write(Logs.segment(crashed, 1), bytes);
        var head = heads.floorEntry(bytes.length);
        if (head != null) {
            Logs.write(Logs.head(crashed), head.getValue());
            return head.getValue();
        }
        assertThat(Logs.head(crashed).toFile().delete()).isTrue();
        return null;
    }

    private void assertTampered(String what) {
        assertTampered(crashed, what);
    }

    private static void assertTampered(Path folder, String what) {
        assertThatThrownBy(() -> ReceiptLog.open(folder, OPTIONS))
                .as(what)
                .isInstanceOfSatisfying(
                        ReceiptLogException.class,
                        tampered -> assertThat(tampered.reason()).isEqualTo(ReceiptLogException.Reason.TAMPERED));
    }

    /** Where the last signed root ends. */
    private static int signedBytes(Path folder) {
        var end = 0;
        var signed = 0;
        for (var record : Logs.records(Logs.segment(folder, 1))) {
            end += record.bytes().length;
            signed = record.type() == RecordType.BATCH ? end : signed;
        }
        return signed;
    }

    private void keepHead() {
        heads.put(Logs.read(Logs.segment(log, 1)).length, Logs.read(Logs.head(log)));
    }

    /** Where each record ends, and the last receipt's number there. */
    private static TreeMap<Integer, Long> recordEnds(Path file) {
        var ends = new TreeMap<Integer, Long>();
        var end = 0;
        var receipts = 0L;
        ends.put(0, 0L);
        for (var record : Logs.records(file)) {
            end += record.bytes().length;
            receipts += record.type() == RecordType.RECEIPT ? 1 : 0;
            ends.put(end, receipts);
        }
        return ends;
    }
}
