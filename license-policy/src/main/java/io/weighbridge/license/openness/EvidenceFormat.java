package io.weighbridge.license.openness;

import io.weighbridge.license.openness.Evidence.Provenance;
import io.weighbridge.license.openness.Evidence.Released;
import io.weighbridge.license.openness.ModelEvidence.Access;
import io.weighbridge.license.openness.ModelEvidence.LicenseRef;
import io.weighbridge.license.openness.ModelEvidence.Licenses;
import io.weighbridge.license.openness.ModelEvidence.Release;
import io.weighbridge.license.terms.Confidence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Our own file format: the evidence about one model.
 *
 * <pre>
 *   model: owner/name       aliases: [other models this speaks for]
 *   name:  producer:  released: date      about: {other keys of the Model Openness Tool}
 *   access: open | gated | closed | unknown
 *   nature: open | permissive | use-restricted | conditional | noncommercial | research-only | closed | unknown
 *   trainingFlops: upper estimate, left out if unknown
 *   licenses: {distribution | code | data | document: SPDX id, or {name, path}}
 *   recorded: {by, on}      who says so and when, where a piece of evidence does not say it itself
 *   evidence: [{component, released: full | partial | none, url, digest, license, licenseUrl, by, on,
 *               confidence: high | medium | low | unknown, provenance: artifact | publisher | third-party | inferred, note}]
 *   difference: how and why this departs from the Model Openness Tool's entry
 * </pre>
 *
 * A key that is not in this grammar is an error, so that a typing mistake cannot drop evidence.
 */
public final class EvidenceFormat {
    /** Most bytes of one file, in this format or the Model Openness Tool's. */
    public static final int FILE_BYTES_MAX = YamlTree.FILE_BYTES_MAX;

    /** Most models that one record speaks for. */
    public static final int ALIASES_MAX = 64;

    private static final List<String> LICENSE_KEYS = List.of("distribution", "code", "data", "document");

    private EvidenceFormat() {}

    /** The record in {@code yaml}; IllegalArgumentException, and nothing else, names the file and what is wrong. */
    public static ModelEvidence read(String file, byte[] yaml) {
        try {
            return record(YamlTree.read(yaml));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        }
    }

    /**
     * The record in a file of this format or of the Model Openness Tool; errors as of {@link #read}. The tool's entries
     * are dated by the file's last change.
     */
    public static ModelEvidence readEither(Path file) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(FILE_BYTES_MAX + 1);
        }
        if (!MotFormat.recognizes(bytes)) {
            return read(file.toString(), bytes);
        }
        var changed = Files.getLastModifiedTime(file).toInstant().atOffset(ZoneOffset.UTC);
        return MotFormat.read(file.toString(), bytes, "the file", changed.toLocalDate());
    }

    private static ModelEvidence record(Fields root) {
        root.known(
                "model",
                "aliases",
                "name",
                "producer",
                "released",
                "about",
                "access",
                "nature",
                "trainingFlops",
                "licenses",
                "recorded",
                "evidence",
                "difference");
        var recorded = root.has("recorded") ? root.map("recorded") : Fields.of("'recorded'", Map.of());
        recorded.known("by", "on");
        var evidence = new ArrayList<Evidence>();
        for (var entry : root.maps("evidence", ModelEvidence.EVIDENCE_COUNT_MAX)) {
            evidence.add(piece(entry, recorded.optional("by"), recorded.date("on")));
        }
        return new ModelEvidence(
                root.text("model"),
                root.texts("aliases", ALIASES_MAX),
                new Release(root.text("name"), root.text("producer"), root.date("released"), about(root)),
                root.word(Access.class, "access"),
                root.word(LicenseNature.class, "nature"),
                root.number("trainingFlops"),
                licenses(root),
                evidence,
                root.text("difference", ""));
    }

    private static Map<String, String> about(Fields root) {
        var about = new TreeMap<String, String>();
        if (root.has("about")) {
            var fields = root.map("about");
            fields.known(MotFormat.EXTRA_KEYS.toArray(String[]::new));
            for (var key : fields.values().keySet()) {
                about.put(key, fields.text(key));
            }
        }
        return about;
    }

    private static Licenses licenses(Fields root) {
        if (!root.has("licenses")) {
            return new Licenses(null, Map.of());
        }
        var fields = root.map("licenses");
        fields.known(LICENSE_KEYS.toArray(String[]::new));
        var byType = new EnumMap<Component.Type, LicenseRef>(Component.Type.class);
        for (var type : Component.Type.values()) {
            var reference = reference(fields, type.code());
            if (reference != null) {
                byType.put(type, reference);
            }
        }
        return new Licenses(reference(fields, "distribution"), byType);
    }

    private static @Nullable LicenseRef reference(Fields fields, String key) {
        if (fields.values().get(key) instanceof Map) {
            var entry = fields.map(key);
            entry.known("name", "path");
            return new LicenseRef(entry.text("name"), entry.optional("path"));
        }
        var name = fields.optional(key);
        return name == null ? null : new LicenseRef(name, null);
    }

    private static Evidence piece(Fields entry, @Nullable String by, @Nullable LocalDate on) {
        entry.known(
                "component",
                "released",
                "url",
                "digest",
                "license",
                "licenseUrl",
                "by",
                "on",
                "confidence",
                "provenance",
                "note");
        var component = entry.word(Component.class, "component");
        var named = new Fields(component.code(), entry.values());
        var when = entry.has("on") ? named.date("on") : on;
        if (when == null) {
            throw new IllegalArgumentException("%s: 'on' is needed, here or under 'recorded'".formatted(named.where()));
        }
        return new Evidence(
                component,
                named.word(Released.class, "released"),
                named.optional("url"),
                named.optional("digest"),
                named.optional("license"),
                named.optional("licenseUrl"),
                by == null || named.has("by") ? named.text("by") : by,
                when,
                named.word(Confidence.class, "confidence"),
                named.word(Provenance.class, "provenance"),
                named.optional("note"));
    }

    /** The record as a file that {@link #read} reads back equal. */
    public static byte[] write(ModelEvidence model) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("model", model.id());
        if (!model.aliases().isEmpty()) {
            tree.put("aliases", List.copyOf(new TreeSet<>(model.aliases())));
        }
        tree.put("name", model.release().name());
        tree.put("producer", model.release().producer());
        putIfKnown(tree, "released", model.release().date());
        if (!model.release().extra().isEmpty()) {
            tree.put("about", new TreeMap<>(model.release().extra()));
        }
        tree.put("access", Fields.word(model.access()));
        tree.put("nature", model.nature().code());
        putIfKnown(tree, "trainingFlops", model.trainingFlops());
        var licenses = new LinkedHashMap<String, Object>();
        putIfKnown(licenses, "distribution", tree(model.licenses().distribution()));
        for (var type : Component.Type.values()) {
            putIfKnown(licenses, type.code(), tree(model.licenses().byType().get(type)));
        }
        tree.put("licenses", licenses);
        tree.put("evidence", model.evidence().stream().map(EvidenceFormat::tree).toList());
        if (!model.difference().isEmpty()) {
            tree.put("difference", model.difference());
        }
        return YamlTree.write(tree);
    }

    private static @Nullable Object tree(@Nullable LicenseRef reference) {
        if (reference == null) {
            return null;
        }
        return reference.path() == null
                ? reference.name()
                : new TreeMap<>(Map.of("name", reference.name(), "path", reference.path()));
    }

    /** One piece of evidence in words; the form of the files and of the JSON. */
    static Map<String, Object> tree(Evidence piece) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("component", piece.component().code());
        tree.put("released", Fields.word(piece.released()));
        putIfKnown(tree, "url", piece.url());
        putIfKnown(tree, "digest", piece.digest());
        putIfKnown(tree, "license", piece.license());
        putIfKnown(tree, "licenseUrl", piece.licenseUrl());
        tree.put("by", piece.by());
        tree.put("on", piece.on().toString());
        tree.put("confidence", Fields.word(piece.confidence()));
        tree.put("provenance", Fields.word(piece.provenance()));
        putIfKnown(tree, "note", piece.note());
        return tree;
    }

    static void putIfKnown(Map<String, Object> tree, String key, @Nullable Object value) {
        if (value != null) {
            tree.put(key, value instanceof LocalDate date ? date.toString() : value);
        }
    }
}
