package io.weighbridge.license.receipts;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Receipts as JSON lines: one canonical encoding on each line. */
public final class ReceiptLines {
    private ReceiptLines() {}

    /** Writes every receipt of a log to {@code out}; what checking it found says whether they can be relied on. */
    public static Verification export(ReceiptVerifier log, OutputStream out) {
        return log.verify((_, content) -> {
            try {
                out.write(content);
                out.write('\n');
            } catch (IOException broken) {
                throw new UncheckedIOException("cannot write the receipts: " + broken.getMessage(), broken);
            }
        });
    }

    /** Gives each receipt in {@code lines} to {@code reader}, or names the line that is none. */
    public static void read(BufferedReader lines, Consumer<Receipt> reader) throws IOException {
        var number = 0;
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            try {
                reader.accept(Receipt.parse(line.getBytes(StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException broken) {
                throw new IllegalArgumentException(
                        "line %d is no receipt: %s".formatted(number, broken.getMessage()), broken);
            }
        }
    }
}
