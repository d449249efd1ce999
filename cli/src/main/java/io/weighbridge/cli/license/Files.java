package io.weighbridge.cli.license;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the small files that people name on the command line. */
final class Files {
    /** A file name that stands for standard input. */
    static final String STANDARD_INPUT = "-";

    private Files() {}

    /** At most {@code bytesMax + 1} bytes of {@code file}, so that its reader can refuse what is too large. */
    static byte[] read(String file, int bytesMax) {
        try (var in = open(file)) {
            return in.readNBytes(bytesMax + 1);
        } catch (IOException broken) {
            var reason = broken instanceof NoSuchFileException ? "no such file" : broken.getMessage();
            throw new IllegalArgumentException("cannot read %s: %s".formatted(file, reason), broken);
        }
    }

    private static InputStream open(String file) throws IOException {
        return file.equals(STANDARD_INPUT) ? System.in : java.nio.file.Files.newInputStream(Path.of(file));
    }
}
