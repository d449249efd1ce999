package io.weighbridge.license.receipts;

import io.weighbridge.license.receipts.Draft.LicenseApplied;
import io.weighbridge.license.receipts.Draft.Outcome;
import io.weighbridge.license.receipts.Draft.Owed;
import io.weighbridge.license.receipts.Draft.Phase;
import io.weighbridge.license.receipts.Draft.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Small logs to be damaged. */
final class Logs {
    static final Options FAST = Options.defaults().withWindow(Duration.ofMillis(1));

    /** A record as it lies in a file. */
    record Raw(RecordType type, byte[] bytes) {}

    private Logs() {}

    static Draft draft(int number) {
        return new Draft(
                Instant.ofEpochSecond(1_790_000_000L + number, 123_000_000),
                "req-" + number,
                "dec-" + number,
                "tenant-" + number % 3,
                "HuggingFaceTB/SmolLM2-135M-Instruct",
                "sha256:b179",
                List.of(
                        new LicenseApplied("Apache-2.0", "sha256:cfc7", 1, "sha256:0a"),
                        new LicenseApplied("LicenseRef-Gemma", null, 2, "sha256:0b")),
                "{\"operator\":{\"name\":\"Øst \\\"A\\\"\"},\"request\":{\"purpose\":\"chat\"}}",
                Outcome.values()[number % 3],
                number % 3 == 0 ? List.of() : List.of(new Reason("NOT_RESTRICTED", "LicenseRef-Gemma", "gemma-use")),
                List.of(new Owed("Apache-2.0", "notice")),
                Phase.values()[number % 4],
                "sha256:ca7a");
    }

    /** The shortest receipt that still differs from the others: keeps loops over every byte short. */
    static Draft shortDraft(int number) {
        return new Draft(
                Instant.ofEpochSecond(1_790_000_000L + number),
                "r" + number,
                "dec-" + number,
                "t",
                "m",
                "w",
                List.of(),
                "{}",
                Outcome.PERMITTED,
                List.of(),
                List.of(),
                Phase.ADMISSION,
                "c");
    }

    /** Writes groups of receipts, numbered on from {@code first}, and closes. */
    static void write(Path folder, Options options, int first, int... groups) {
        write(folder, options, Logs::draft, first, groups);
    }

    static void write(Path folder, Options options, IntFunction<Draft> draft, int first, int... groups) {
        try (var log = ReceiptLog.open(folder, options.withWindow(Options.WINDOW_MAX))) {
            var number = first;
            for (var group : groups) {
                for (int i = 0; i < group; i++) {
                    log.append(draft.apply(number++));
                }
                log.flush();
            }
        }
    }

    static Path segment(Path folder, int number) {
        return new LogFolder(folder).segment(number);
    }

    static Path head(Path folder) {
        return new LogFolder(folder).head();
    }

    static List<Raw> records(Path file) {
        var records = new ArrayList<Raw>();
        var bytes = ByteBuffer.wrap(read(file));
        while (bytes.hasRemaining()) {
            var length = RecordType.HEADER_BYTES + bytes.getInt(bytes.position() + 1);
            var record = new byte[length];
            bytes.get(record);
            var type = RecordType.of(record[0]);
            if (type == null) {
                throw new IllegalStateException("the log under test is broken");
            }
            records.add(new Raw(type, record));
        }
        return records;
    }

    static void write(Path file, List<Raw> records) {
        try (var out = Files.newOutputStream(file)) {
            for (var record : records) {
                out.write(record.bytes());
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Makes {@code to} the same as {@code from}, whatever it held. */
    static void copy(Path from, Path to) {
        try {
            Files.createDirectories(to);
            try (var old = Files.newDirectoryStream(to)) {
                for (var file : old) {
                    Files.delete(file);
                }
            }
            try (var files = Files.newDirectoryStream(from)) {
                for (var file : files) {
                    Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    static List<Long> sequences(Path folder) {
        var sequences = new ArrayList<Long>();
        ReceiptVerifier.of(folder).verify((receipt, _) -> sequences.add(receipt.sequence()));
        return sequences;
    }
}
