package io.weighbridge.license.openness;

import io.weighbridge.license.openness.Evidence.Provenance;
import io.weighbridge.license.openness.Evidence.Released;
import io.weighbridge.license.openness.ModelEvidence.Access;
import io.weighbridge.license.openness.ModelEvidence.LicenseRef;
import io.weighbridge.license.openness.ModelEvidence.Licenses;
import io.weighbridge.license.openness.ModelEvidence.Release;
import io.weighbridge.license.terms.Confidence;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The Model Openness Tool's YAML: a framework, a release, and the components that it includes with their licenses.
 *
 * <p>Its entries are statements of whoever filed them, so imported evidence has low confidence: it makes a claimed class,
 * never a shown one, until somebody has looked. The format has no place for what is not released, for doubt, nor for who
 * says what; export leaves those out, and writes only what is released whole.
 */
public final class MotFormat {
    static final List<String> EXTRA_KEYS =
            List.of("version", "type", "architecture", "treatment", "origin", "contact", "repository", "huggingface");

    private static final String FRAMEWORK = "Model Openness Framework";
    private static final String FRAMEWORK_VERSION = "1.0";
    /** The date of the framework's version 1.0 in the tool's files. */
    private static final LocalDate FRAMEWORK_DATE = LocalDate.of(2024, 12, 15);

    private MotFormat() {}

    /** True when the file looks like the tool's: a map with a key {@code framework}. */
    public static boolean recognizes(byte[] yaml) {
        try {
            return YamlTree.read(yaml).has("framework");
        } catch (IllegalArgumentException other) {
            return false;
        }
    }

    /**
     * The record in the tool's {@code yaml}; IllegalArgumentException, and nothing else, names the file and what is wrong.
     *
     * @param by who is answerable for the entry, as far as we know
     * @param on when it was imported
     */
    public static ModelEvidence read(String file, byte[] yaml, String by, LocalDate on) {
        try {
            return record(YamlTree.read(yaml), by, on);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        }
    }

    private static ModelEvidence record(Fields root, String by, LocalDate on) {
        var framework = root.map("framework");
        if (!framework.text("name").equals(FRAMEWORK)) {
            throw new IllegalArgumentException(
                    "'framework' is '%s', only '%s' is known".formatted(framework.text("name"), FRAMEWORK));
        }
        var release = root.map("release");
        var extra = new TreeMap<String, String>();
        for (var key : EXTRA_KEYS) {
            var value = release.optional(key);
            if (value != null) {
                extra.put(key, value);
            }
        }
        var evidence = new ArrayList<Evidence>();
        for (var component : release.maps("components", ModelEvidence.EVIDENCE_COUNT_MAX)) {
            evidence.add(piece(component, by, on));
        }
        var name = release.text("name");
        return new ModelEvidence(
                id(name, extra.get("huggingface")),
                Set.of(),
                new Release(name, release.text("producer", "unknown"), release.date("date"), extra),
                Access.UNKNOWN,
                LicenseNature.UNKNOWN,
                null,
                release.has("license") ? licenses(release.map("license")) : new Licenses(null, Map.of()),
                evidence,
                "");
    }

    /** The hub's owner/name where the entry links to it, else the entry's own name. */
    private static String id(String name, @Nullable String hub) {
        if (hub == null) {
            return name;
        }
        var parts = hub.replaceFirst("^https?://[^/]+/", "").split("/", -1);
        return parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty() ? parts[0] + "/" + parts[1] : name;
    }

    private static Licenses licenses(Fields license) {
        var byType = new EnumMap<Component.Type, LicenseRef>(Component.Type.class);
        for (var type : Component.Type.values()) {
            var reference = reference(license, type.code());
            if (reference != null) {
                byType.put(type, reference);
            }
        }
        return new Licenses(reference(license, "distribution"), byType);
    }

    private static @Nullable LicenseRef reference(Fields license, String key) {
        if (!license.has(key)) {
            return null;
        }
        var entry = license.map(key);
        var name = entry.optional("name");
        return name == null ? null : new LicenseRef(name, entry.optional("path"));
    }

    private static Evidence piece(Fields entry, String by, LocalDate on) {
        var label = entry.text("name");
        var component = Component.ofLabel(label)
                .orElseThrow(() -> new IllegalArgumentException("no component is called '%s'".formatted(label)));
        var license = entry.values().containsKey("license") ? entry.text("license", Evidence.UNLICENSED) : null;
        // Some entries say in the license's place that the component is not there.
        var absent = license != null && license.toLowerCase(Locale.ROOT).matches("(component )+not includ.*");
        return new Evidence(
                component,
                absent ? Released.NONE : Released.FULL,
                entry.optional("component_path"),
                null,
                absent ? null : license,
                entry.optional("license_path"),
                by,
                on,
                Confidence.LOW,
                Provenance.THIRD_PARTY,
                entry.optional("description"));
    }

    /** The record as a file of the tool. */
    public static byte[] write(ModelEvidence model) {
        var release = new LinkedHashMap<String, Object>();
        release.put("name", model.release().name());
        for (var key : EXTRA_KEYS) {
            EvidenceFormat.putIfKnown(release, key, model.release().extra().get(key));
        }
        EvidenceFormat.putIfKnown(release, "date", model.release().date());
        release.put("producer", model.release().producer());
        var license = new LinkedHashMap<String, Object>();
        put(license, "distribution", model.licenses().distribution());
        for (var type : Component.Type.values()) {
            put(license, type.code(), model.licenses().byType().get(type));
        }
        release.put("license", license);
        release.put(
                "components",
                model.evidence().stream()
                        .filter(piece -> piece.released() == Released.FULL)
                        .map(MotFormat::tree)
                        .toList());
        var framework = new LinkedHashMap<String, Object>();
        framework.put("name", FRAMEWORK);
        framework.put("version", FRAMEWORK_VERSION);
        framework.put("date", FRAMEWORK_DATE.toString());
        var root = new LinkedHashMap<String, Object>();
        root.put("framework", framework);
        root.put("release", release);
        return YamlTree.write(root);
    }

    private static void put(Map<String, Object> license, String key, @Nullable LicenseRef reference) {
        if (reference != null) {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("name", reference.name());
            entry.put("path", reference.path() == null ? "" : reference.path());
            license.put(key, entry);
        }
    }

    private static Map<String, Object> tree(Evidence piece) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("name", piece.component().label());
        EvidenceFormat.putIfKnown(tree, "description", piece.note());
        EvidenceFormat.putIfKnown(tree, "license", piece.license());
        EvidenceFormat.putIfKnown(tree, "license_path", piece.licenseUrl());
        EvidenceFormat.putIfKnown(tree, "component_path", piece.url());
        return tree;
    }
}
