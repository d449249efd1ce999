package io.weighbridge.inference.variant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Measured passports as small JSON files, {@code passports/HEX.NUMERICS.EXECUTOR.json} beside the blobs. A file that cannot be read
 * counts as absent and is written again. Thread-safe.
 */
public final class PassportStore {
    /** Bytes of a passport's file; ours have about 400. */
    static final int FILE_BYTES_MAX = 16 << 10;

    private static final Pattern DIGEST = Pattern.compile("sha256:([0-9a-f]{64})");

    private final Path folder;
    private final ObjectMapper json = new ObjectMapper();

    /** The store beside the blobs of {@code blobs}. */
    public PassportStore(Path blobs) {
        this.folder = blobs.resolve("passports");
    }

    /** The passport of that variant, if it was ever measured. */
    public Optional<Passport.Measured> find(Passport.Key key) {
        var file = file(key);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (var in = Files.newInputStream(file)) {
            var bytes = in.readNBytes(FILE_BYTES_MAX + 1);
            return bytes.length > FILE_BYTES_MAX ? Optional.empty() : read(json.readTree(bytes));
        } catch (IOException | DateTimeException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<Passport.Measured> read(JsonNode node) {
        var positions = node.path("positions");
        var mean = node.path("meanDivergence");
        var largest = node.path("largestDivergence");
        var agreement = node.path("topAgreement");
        if (!positions.isInt() || !mean.isNumber() || !largest.isNumber() || !agreement.isNumber()) {
            return Optional.empty();
        }
        return Optional.of(new Passport.Measured(
                positions.intValue(),
                mean.doubleValue(),
                largest.doubleValue(),
                agreement.doubleValue(),
                Instant.parse(node.path("measuredAt").asText()),
                node.path("seconds").asDouble()));
    }

    /** Keeps it in the place of an older one. */
    public void put(Passport.Key key, Passport.Measured passport) throws IOException {
        var node = json.createObjectNode();
        node.put("weightsDigest", key.weightsDigest());
        node.put("numerics", key.numerics());
        node.put("executor", key.executor());
        node.put("positions", passport.positions());
        node.put("meanDivergence", passport.meanDivergence());
        node.put("largestDivergence", passport.largestDivergence());
        node.put("topAgreement", passport.topAgreement());
        node.put("measuredAt", passport.at().toString());
        node.put("seconds", passport.seconds());
        Files.createDirectories(folder);
        var part = Files.createTempFile(folder, "passport", ".part");
        try {
            Files.write(part, json.writerWithDefaultPrettyPrinter().writeValueAsBytes(node));
            Files.move(part, file(key), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private Path file(Passport.Key key) {
        var match = DIGEST.matcher(key.weightsDigest());
        if (!match.matches()) {
            throw new IllegalArgumentException("not a digest: '%s'".formatted(key.weightsDigest()));
        }
        return folder.resolve("%s.%s.%d.json".formatted(match.group(1), key.numerics(), key.executor()));
    }
}
