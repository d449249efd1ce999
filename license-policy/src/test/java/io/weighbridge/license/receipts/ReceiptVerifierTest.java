package io.weighbridge.license.receipts;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.Samples;
import io.weighbridge.license.receipts.Logs.Raw;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log of 16 receipts under 2 signed roots in two files, damaged in every way that one hand can. */
class ReceiptVerifierTest {
    private static final int RECEIPTS = 16;

    @TempDir
    Path temp;

    private Path log = Path.of("");
    private Path copy = Path.of("");

    @BeforeEach
    void write() {
        log = temp.resolve("log");
        copy = temp.resolve("copy");
        Logs.write(log, Logs.FAST.withSegmentBytes(Options.SEGMENT_BYTES_MIN), Logs::shortDraft, 1, 13, 3);
        Logs.copy(log, copy);
    }

    @Test
    void an_untouched_log_verifies() {
        var found = ReceiptVerifier.of(log).verify();
        assertThat(found.problems()).isEmpty();
        assertThat(found.notes()).isEmpty();
        assertThat(found.receipts()).isEqualTo(RECEIPTS);
        assertThat(found.signed()).isEqualTo(RECEIPTS);
        assertThat(found.batches()).isEqualTo(3);
        assertThat(lastSegment()).isEqualTo(2);
        assertThat(Logs.sequences(log))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, RECEIPTS).boxed().toList());
    }

    @Test
    void every_single_changed_byte_is_found() {
        for (var file : logFiles()) {
            var size = Logs.read(file).length;
            // Two halves at once, each in a copy of its own: this is the longest loop of the module.
            IntStream.range(0, 2).parallel().forEach(half -> {
                var own = temp.resolve("half-" + half);
                Logs.copy(log, own);
                var target = own.resolve(file.getFileName());
                var bytes = Logs.read(file);
                for (int i = half; i < size; i += 2) {
                    var good = bytes[i];
                    bytes[i] ^= (byte) (1 << i / 2 % 8);
                    Logs.write(target, bytes);
                    assertThat(problems(own)).as("byte %d of %s", i, file).isNotEmpty();
                    bytes[i] = good;
                }
            });
        }
    }

    @Test
    void random_damage_is_found_and_never_breaks_the_check() {
        // One test for all seeds: writing a log for each takes longer than all checks.
        Samples.random().forEach(seed -> {
            Logs.copy(log, copy);
            var random = seed.getPayload();
            var file = Logs.segment(copy, random.nextInt(1, lastSegment() + 1));
            var good = Logs.read(file);
            var bytes = Arrays.copyOf(good, random.nextInt(good.length + 1000));
            for (int i = random.nextInt(20); i >= 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Logs.write(file, bytes);
            // Bytes behind the signed head may be an unfinished write; everything else is damage.
            var isGoodStart = bytes.length >= good.length && Arrays.equals(good, Arrays.copyOf(bytes, good.length));
            if (!isGoodStart) {
                assertThat(problems(copy)).as(seed.getName()).isNotEmpty();
            }
        });
    }

    @Test
    void a_record_longer_than_the_limit_is_not_read() {
        var file = Logs.segment(copy, lastSegment());
        var records = Logs.records(file);
        var bytes = records.getLast().bytes().clone();
        ByteBuffer.wrap(bytes).putInt(1, LogWalk.CONTENT_BYTES_MAX + 1);
        records.set(records.size() - 1, new Raw(RecordType.BATCH, bytes));
        assertThat(damaged(file, records)).first().extracting(Problem::kind).isEqualTo(Problem.Kind.UNREADABLE);
        // One at the limit is read: here it is longer than the file.
        ByteBuffer.wrap(bytes).putInt(1, LogWalk.CONTENT_BYTES_MAX);
        assertThat(damaged(file, records)).first().extracting(Problem::kind).isEqualTo(Problem.Kind.INCOMPLETE);
    }

    @Test
    void files_of_keys_and_heads_have_a_size_limit() throws Exception {
        var files = new LogFolder(copy);
        var key = Files.readString(files.publicKey());
        Files.writeString(files.publicKey(), key + " ".repeat(Keys.KEY_FILE_BYTES_MAX - key.length()));
        assertThat(problems(copy)).isEmpty();
        Files.writeString(files.publicKey(), key + " ".repeat(Keys.KEY_FILE_BYTES_MAX + 1 - key.length()));
        assertThatThrownBy(() -> problems(copy)).hasMessageContaining("larger than a key file");
        Files.writeString(files.publicKey(), key);
        Files.write(files.head(), new byte[LogFolder.HEAD_BYTES_MAX]);
        assertThat(problems(copy)).singleElement().asString().contains("not JSON");
        Files.write(files.head(), new byte[LogFolder.HEAD_BYTES_MAX + 1]);
        assertThat(problems(copy)).singleElement().asString().contains("larger than a signed root");
    }

    @Test
    void a_changed_receipt_is_named() {
        eachReceipt((file, records, index, sequence) -> {
            var bytes = records.get(index).bytes().clone();
            bytes[bytes.length - 4] ^= 1;
            records.set(index, new Raw(RecordType.RECEIPT, bytes));
            assertThat(damaged(file, records)).anyMatch(problem -> problem.sequence() == sequence);
        });
    }

    @Test
    void every_single_removed_record_is_found_and_named() throws Exception {
        for (var file : segments()) {
            var records = Logs.records(file);
            for (int i = 0; i < records.size(); i++) {
                var fewer = new ArrayList<>(records);
                fewer.remove(i);
                assertThat(damaged(file, fewer)).as("record %d of %s", i, file).isNotEmpty();
            }
        }
        eachReceipt((file, records, index, sequence) -> {
            records.remove(index);
            assertThat(damaged(file, records)).anyMatch(problem -> problem.sequence() == sequence);
        });
    }

    @Test
    void every_swapped_pair_is_found() throws Exception {
        for (var file : segments()) {
            var records = Logs.records(file);
            for (int i = 0; i < records.size(); i++) {
                for (int j = i + 1; j < records.size(); j++) {
                    var swapped = new ArrayList<>(records);
                    Collections.swap(swapped, i, j);
                    assertThat(damaged(file, swapped))
                            .as("records %d and %d of %s", i, j, file)
                            .isNotEmpty();
                }
            }
        }
    }

    @Test
    void every_record_written_twice_is_found() throws Exception {
        for (var file : segments()) {
            var records = Logs.records(file);
            for (int i = 0; i < records.size(); i++) {
                var more = new ArrayList<>(records);
                more.add(i, records.get(i));
                assertThat(damaged(file, more)).as("record %d of %s", i, file).isNotEmpty();
            }
        }
    }

    @Test
    void every_cut_at_the_end_is_found() {
        var last = new LogFolder(copy).segment(lastSegment());
        var bytes = Logs.read(last);
        for (int length = 0; length < bytes.length; length++) {
            Logs.write(last, Arrays.copyOf(bytes, length));
            assertThat(problems(copy)).as("cut to %d bytes", length).isNotEmpty();
        }
    }

    @Test
    void every_missing_file_is_found() throws Exception {
        for (var file : logFiles()) {
            Files.delete(copy.resolve(file.getFileName()));
            assertThat(problems(copy)).as("%s", file).isNotEmpty();
            Files.copy(file, copy.resolve(file.getFileName()));
        }
        assertThat(problems(copy)).isEmpty();
    }

    @Test
    void two_swapped_files_are_found() throws Exception {
        Files.copy(Logs.segment(log, 1), Logs.segment(copy, 2), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(Logs.segment(log, 2), Logs.segment(copy, 1), StandardCopyOption.REPLACE_EXISTING);
        assertThat(problems(copy)).isNotEmpty();
    }

    @Test
    void a_forger_without_the_key_who_makes_all_hashes_anew_is_found() {
        var forged = temp.resolve("forged");
        Logs.write(forged, Logs.FAST, 1, 30);
        var key = Keys.read(new LogFolder(log).publicKey());
        assertThat(ReceiptVerifier.of(forged).verify().isVerified()).isTrue();
        assertThat(ReceiptVerifier.of(forged, key).verify().problems())
                .extracting(Problem::kind)
                .containsExactly(Problem.Kind.KEY);
    }

    @Test
    void a_folder_put_back_to_an_older_state_is_found_only_if_more_is_expected() {
        var noted = ReceiptVerifier.of(log).verify().last();
        Logs.write(log, Logs.FAST, RECEIPTS + 1, 1);
        var now = ReceiptVerifier.of(log).verify();
        assertThat(ReceiptVerifier.of(log)
                        .expectRoot(requireNonNull(noted).root())
                        .expectCount(RECEIPTS + 1)
                        .verify()
                        .isVerified())
                .isTrue();

        assertThat(ReceiptVerifier.of(copy).verify().isVerified()).isTrue();
        assertThat(ReceiptVerifier.of(copy)
                        .expectRoot(requireNonNull(now.last()).root())
                        .verify()
                        .problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("older state"));
        assertThat(ReceiptVerifier.of(copy).expectCount(RECEIPTS + 1).verify().problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("16 receipts, 17 are expected"));
    }

    @Test
    void no_more_problems_are_listed_than_the_limit() {
        Logs.write(
                log,
                Logs.FAST,
                RECEIPTS + 1,
                Collections.nCopies(60, 2).stream().mapToInt(i -> i).toArray());
        var file = Logs.segment(log, lastSegment());
        var records = new ArrayList<>(Logs.records(file));
        Collections.shuffle(records, new Random(1));
        Logs.write(file, records);
        assertThat(problems(log)).hasSize(ReceiptVerifier.PROBLEMS_MAX);
    }

    @Test
    void every_receipt_has_a_proof_that_needs_only_the_key() {
        var key = Keys.read(new LogFolder(log).publicKey());
        for (int i = 1; i <= RECEIPTS; i++) {
            var decision = "dec-" + i;
            var proof = ReceiptVerifier.of(log)
                    .prove(receipt -> receipt.draft().decision().equals(decision));
            var read = Proof.parse(requireNonNull(proof).encode().getBytes(StandardCharsets.UTF_8));
            assertThat(read).isEqualTo(proof);
            assertThat(read.check(key)).isEqualTo(new Receipt(i, Logs.shortDraft(i)));
        }
        assertThat(ReceiptVerifier.of(log).prove(_ -> false)).isNull();
    }

    @Test
    void a_proof_with_any_byte_changed_proves_nothing() {
        var key = Keys.read(new LogFolder(log).publicKey());
        var proof = ReceiptVerifier.of(log).prove(receipt -> receipt.sequence() == 8);
        var bytes = requireNonNull(proof).encode().getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            var changed = bytes.clone();
            changed[i] ^= (byte) (1 << i % 7);
            assertThatThrownBy(() -> Proof.parse(changed).check(key))
                    .as("byte %d", i)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        var stranger = SigningKey.create();
        assertThatThrownBy(() -> requireNonNull(proof)
                        .check(Keys.publicKey(Base64.getDecoder().decode(stranger.publicText()))))
                .hasMessageContaining("not with the one given");
        assertThatThrownBy(() -> Proof.parse(new byte[Proof.PROOF_BYTES_MAX + 1]))
                .hasMessageContaining("at most");
    }

    @Test
    void exported_lines_are_read_back() throws Exception {
        var out = new ByteArrayOutputStream();
        assertThat(ReceiptLines.export(ReceiptVerifier.of(log), out).isVerified())
                .isTrue();
        var receipts = new ArrayList<Receipt>();
        var text = out.toString(StandardCharsets.UTF_8);
        ReceiptLines.read(new BufferedReader(new StringReader(text)), receipts::add);
        assertThat(receipts).hasSize(RECEIPTS).last().isEqualTo(new Receipt(RECEIPTS, Logs.shortDraft(RECEIPTS)));
        var broken = new BufferedReader(new StringReader(text.replace("\"sequence\":3,", "\"sequence\":03,")));
        assertThatThrownBy(() -> ReceiptLines.read(broken, _ -> {})).hasMessageContaining("line 3 is no receipt");
    }

    @Test
    void a_folder_without_receipts_is_no_log() {
        assertThatThrownBy(() -> ReceiptVerifier.of(temp)).hasMessageContaining("holds no receipts");
    }

    private interface Damage {
        void at(Path file, List<Raw> records, int index, long sequence);
    }

    /** Gives each receipt of the log, with a list of its file's records that may be changed. */
    private void eachReceipt(Damage damage) {
        var sequence = 0L;
        for (var file : segments()) {
            var records = Logs.records(file);
            for (int i = 0; i < records.size(); i++) {
                if (records.get(i).type() == RecordType.RECEIPT) {
                    sequence++;
                    damage.at(file, new ArrayList<>(records), i, sequence);
                }
            }
        }
        assertThat(sequence).isEqualTo(RECEIPTS);
    }

    private List<Problem> damaged(Path file, List<Raw> records) {
        var target = copy.resolve(file.getFileName());
        Logs.write(target, records);
        var problems = problems(copy);
        Logs.write(target, Logs.read(file));
        return problems;
    }

    private static List<Problem> problems(Path folder) {
        return ReceiptVerifier.of(folder).verify().problems();
    }

    private List<Path> segments() {
        var files = new ArrayList<Path>();
        for (int i = 1; i <= lastSegment(); i++) {
            files.add(Logs.segment(log, i));
        }
        return files;
    }

    private List<Path> logFiles() {
        var files = segments();
        files.add(Logs.head(log));
        return files;
    }

    private int lastSegment() {
        var number = 1;
        while (Files.exists(Logs.segment(log, number + 1))) {
            number++;
        }
        return number;
    }
}
