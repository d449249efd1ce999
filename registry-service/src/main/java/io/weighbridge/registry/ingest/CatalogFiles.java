package io.weighbridge.registry.ingest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.ModelRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads catalog entries written as YAML: those shipped with the registry, and an operator's own in a folder. */
public final class CatalogFiles {
    /** Names the shipped files, one per line: a jar has no folders to list. */
    static final String INDEX = "/catalog/index.txt";

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private CatalogFiles() {}

    private record EntryText(
            String id,
            @Nullable String description,
            LicenseText license,
            @Nullable List<FileText> files) {}

    private record LicenseText(String declared, @Nullable String concluded) {}

    private record FileText(String path, long sizeBytes, String digest, List<String> sources) {}

    public static List<CatalogEntry> shipped() {
        try {
            var entries = new ArrayList<CatalogEntry>();
            for (var name :
                    new String(resource(INDEX), StandardCharsets.UTF_8).lines().toList()) {
                entries.add(parse(resource("/catalog/" + name), name));
            }
            return entries;
        } catch (IOException e) {
            throw new IllegalStateException("the shipped catalog cannot be read: " + e.getMessage(), e);
        }
    }

    /** All {@code .yaml} files of a folder, sorted by name; none if there is no such folder. */
    public static List<CatalogEntry> in(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> files;
        try (var listing = Files.list(folder)) {
            files = listing.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
        }
        var entries = new ArrayList<CatalogEntry>();
        for (var file : files) {
            entries.add(parse(Files.readAllBytes(file), file.toString()));
        }
        return entries;
    }

    /** Parses one entry, or throws naming the file and what is wrong in it. */
    static CatalogEntry parse(byte[] yaml, String name) {
        try {
            var text = YAML.readValue(yaml, EntryText.class);
            if (text.id() == null || text.license() == null || text.license().declared() == null) {
                throw new IllegalArgumentException("id and license.declared are needed");
            }
            var files = new ArrayList<CatalogEntry.PinnedFile>();
            for (var file : text.files() == null ? List.<FileText>of() : text.files()) {
                file.sources().forEach(SourceRef::parse);
                files.add(new CatalogEntry.PinnedFile(
                        new CheckpointFile(file.path(), file.sizeBytes(), Digest.parse(file.digest())),
                        file.sources()));
            }
            return new CatalogEntry(
                    ModelRef.parse(text.id()),
                    text.description() == null ? "" : text.description().strip(),
                    text.license().declared(),
                    text.license().concluded(),
                    files);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("catalog file %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    private static byte[] resource(String path) throws IOException {
        try (var in = CatalogFiles.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IOException("no resource " + path);
            }
            return in.readAllBytes();
        }
    }
}
