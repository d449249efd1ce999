package io.weighbridge.registry.licensing;

import io.weighbridge.license.text.LicenseFiles;
import io.weighbridge.license.text.LicenseMatcher;
import io.weighbridge.license.text.LicenseText;
import io.weighbridge.license.text.Match;
import io.weighbridge.license.text.TextFingerprint;
import io.weighbridge.license.text.TextFingerprint.Document;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Detection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the license files among the files of a checkpoint. What it cannot read counts as an unread license, never as none. */
public final class LicenseFileReader {
    private final LicenseMatcher matcher;

    LicenseFileReader(Collection<TextFingerprint> fingerprints) {
        this.matcher = new LicenseMatcher(fingerprints);
    }

    /** Where the bytes of a file lie. */
    public interface Contents {
        byte[] read(CheckpointFile file) throws IOException;
    }

    /** The texts of all files that hold a license or use policy by their names, sorted by path. */
    public List<Detection.Text> read(Collection<CheckpointFile> files, Contents contents) throws IOException {
        var licenses = files.stream()
                .filter(file -> LicenseFiles.isLicense(file.path()))
                .sorted(Comparator.comparing(CheckpointFile::path))
                .toList();
        var texts = new ArrayList<Detection.Text>();
        for (var file : licenses) {
            if (texts.size() == Detection.TEXT_COUNT_MAX - 1 && licenses.size() > Detection.TEXT_COUNT_MAX) {
                texts.add(unread(
                        file,
                        "this and %d more license files were not read"
                                .formatted(licenses.size() - Detection.TEXT_COUNT_MAX)));
                break;
            }
            texts.add(read(file, contents));
        }
        return texts;
    }

    private Detection.Text read(CheckpointFile file, Contents contents) throws IOException {
        if (file.sizeBytes() > LicenseText.LICENSE_BYTES_MAX) {
            return unread(
                    file,
                    "%d bytes, a license text has at most %d"
                            .formatted(file.sizeBytes(), LicenseText.LICENSE_BYTES_MAX));
        }
        var text = LicenseText.of(contents.read(file));
        return switch (matcher.match(text)) {
            case Match.Exact(var key, var document, var digest) ->
                new Detection.Text(file.path(), digest, key, document == Document.POLICY, null);
            case Match.Near near ->
                new Detection.Text(file.path(), text.digest(), null, near.document() == Document.POLICY, note(near));
            case Match.None _ -> new Detection.Text(file.path(), text.digest(), null, policy(file), null);
        };
    }

    private static Detection.Text unread(CheckpointFile file, String why) {
        return new Detection.Text(file.path(), file.digest().toString(), null, policy(file), why);
    }

    private static boolean policy(CheckpointFile file) {
        return LicenseFiles.component(file.path()) == LicenseFiles.Component.POLICY;
    }

    private static @Nullable String note(Match.Near near) {
        var note = new StringBuilder("resembles %s (%.3f) and is not it".formatted(near.key(), near.similarity()));
        near.addedClauses().forEach(clause -> note.append("; it adds or changes: \"%s\"".formatted(clause.text())));
        if (!near.missingClauses().isEmpty()) {
            note.append("; it lacks or changes clause ").append(String.join(", ", near.missingClauses()));
        }
        return note.length() <= Detection.NOTE_LENGTH_MAX
                ? note.toString()
                : note.substring(0, Detection.NOTE_LENGTH_MAX - 3) + "...";
    }
}
