package io.weighbridge.license.text;

import io.weighbridge.license.text.TextFingerprint.ClauseDigest;
import io.weighbridge.license.text.TextFingerprint.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes fingerprints of texts, and the files they are stored in.
 *
 * <p>A manifest lists the texts, one a line, fields parted by tabs; empty lines and lines that start with # are skipped:
 *
 * <pre>
 *   key  TAB  license | policy  TAB  file, relative to the manifest  TAB  where the text was read
 * </pre>
 *
 * Texts of one key that differ only in bytes become one fingerprint with several raw digests.
 */
public final class Fingerprints {
    private static final int MANIFEST_FIELDS = 4;

    private Fingerprints() {}

    /** The fingerprint of one text. */
    public static TextFingerprint of(String key, Document document, String source, LicenseText text) {
        return new TextFingerprint(
                key,
                document,
                source,
                text.digest(),
                text.unnumberedDigest(),
                List.of(text.rawDigest()),
                text.wordCount(),
                text.sketch().encoded(),
                text.clauses().stream()
                        .map(clause -> new ClauseDigest(clause.label(), clause.digest()))
                        .toList());
    }

    /** The fingerprint of a license text whose source is not at issue. */
    public static TextFingerprint of(String key, String text) {
        return of(key, Document.LICENSE, "given", LicenseText.of(text));
    }

    /** Writes {@code <key>.yaml} for each key of the manifest into {@code folder}, and an index of them. */
    public static void write(Path manifest, Path folder) throws IOException {
        var byKey = new TreeMap<String, Map<String, TextFingerprint>>();
        for (var line : Files.readAllLines(manifest)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                var print = read(manifest, line.split("\t", -1));
                byKey.computeIfAbsent(print.key(), _ -> new LinkedHashMap<>())
                        .merge(print.document() + print.digest(), print, Fingerprints::merge);
            }
        }
        Files.createDirectories(folder);
        for (var entry : byKey.entrySet()) {
            var prints = List.copyOf(entry.getValue().values());
            Files.writeString(folder.resolve(entry.getKey() + ".yaml"), yaml(entry.getKey(), prints));
        }
        Files.writeString(
                folder.resolve("index.yaml"),
                byKey.keySet().stream()
                        .map(key -> "  - " + key + ".yaml\n")
                        .collect(Collectors.joining(
                                "", "# Written by Fingerprints. The files of this folder.\nfiles:\n", "")));
    }

    /** {@code MANIFEST FOLDER}: see {@link #write}. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("want two arguments: the manifest and the folder to write");
        }
        write(Path.of(arguments[0]), Path.of(arguments[1]));
    }

    /** The stored form of a key's fingerprints; {@link FingerprintReader} reads it. */
    public static String yaml(String key, List<TextFingerprint> prints) {
        var yaml =
                new StringBuilder("# Written by Fingerprints: digests of the texts of one license, not the texts.\n");
        yaml.append("key: ").append(quoted(key)).append("\ntexts:\n");
        for (var print : prints) {
            yaml.append("  - document: ").append(print.document().name().toLowerCase(Locale.ROOT));
            yaml.append("\n    source: ").append(quoted(print.source()));
            yaml.append("\n    digest: ").append(print.digest());
            yaml.append("\n    unnumbered: ").append(print.unnumberedDigest());
            yaml.append("\n    raw:\n");
            print.rawDigests()
                    .forEach(raw -> yaml.append("      - ").append(raw).append('\n'));
            yaml.append("    words: ").append(print.words());
            yaml.append("\n    sketch: ").append(quoted(print.sketch()));
            yaml.append("\n    clauses:\n");
            print.clauses()
                    .forEach(clause -> yaml.append("      - ")
                            .append(quoted(clause.label() + " " + clause.digest()))
                            .append('\n'));
        }
        return yaml.toString();
    }

    private static TextFingerprint read(Path manifest, String[] fields) throws IOException {
        if (fields.length != MANIFEST_FIELDS) {
            throw new IllegalArgumentException(
                    "%s: want %d fields parted by tabs: key, document, file, source; got '%s'"
                            .formatted(manifest, MANIFEST_FIELDS, String.join(" ", fields)));
        }
        var file = manifest.resolveSibling(fields[2]);
        return of(
                fields[0],
                Document.valueOf(fields[1].toUpperCase(Locale.ROOT)),
                fields[3],
                LicenseText.of(Files.readAllBytes(file)));
    }

    private static TextFingerprint merge(TextFingerprint first, TextFingerprint second) {
        return new TextFingerprint(
                first.key(),
                first.document(),
                first.source().equals(second.source()) ? first.source() : first.source() + "; " + second.source(),
                first.digest(),
                first.unnumberedDigest(),
                Stream.concat(first.rawDigests().stream(), second.rawDigests().stream())
                        .distinct()
                        .toList(),
                first.words(),
                first.sketch(),
                first.clauses());
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
