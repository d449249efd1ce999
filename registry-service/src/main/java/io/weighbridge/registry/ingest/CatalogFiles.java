package io.weighbridge.registry.ingest;

import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.ModelRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Reads catalog entries written as YAML: those shipped with the registry, and an operator's own in a folder. */
public final class CatalogFiles {
    /** Names the shipped files, one per line: a jar has no folders to list. */
    static final String INDEX = "/catalog/index.txt";

    private CatalogFiles() {}

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

    /** The shipped entries and those of the folder, which win over shipped ones of the same id. */
    public static List<CatalogEntry> all(Path folder) throws IOException {
        var byId = new LinkedHashMap<ModelRef, CatalogEntry>();
        shipped().forEach(entry -> byId.put(entry.id(), entry));
        in(folder).forEach(entry -> byId.put(entry.id(), entry));
        return List.copyOf(byId.values());
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
            return EntryDocument.yaml(yaml);
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
