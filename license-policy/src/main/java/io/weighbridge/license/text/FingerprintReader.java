package io.weighbridge.license.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.text.TextFingerprint.ClauseDigest;
import io.weighbridge.license.text.TextFingerprint.Document;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads fingerprints, and the names that publishers use, from YAML. The only class of this package that knows a file
 * format. A key that is not in the grammar is an error.
 *
 * <pre>
 *   key: apache-2.0
 *   texts: [{document: license | policy, source, digest, unnumbered, raw: [digests], words, sketch,
 *            clauses: ["label digest"]}]
 * </pre>
 */
public final class FingerprintReader {
    /** Most bytes of a fingerprint file: a few texts of a few hundred clauses. */
    public static final int FINGERPRINT_BYTES_MAX = 512 * 1024;

    private static final String FOLDER = "/license-texts/";
    private static final YAMLMapper YAML = new YAMLMapper();

    private FingerprintReader() {}

    /** The fingerprints that come with this module: the files that {@code license-texts/index.yaml} lists. */
    public static List<TextFingerprint> shipped() {
        var all = new ArrayList<TextFingerprint>();
        for (var file : texts(parse("index.yaml", resource("index.yaml")), "files")) {
            all.addAll(read(file, resource(file)));
        }
        return List.copyOf(all);
    }

    /** The names of licenses that come with this module. */
    public static ClaimNames shippedNames() {
        return names("names.yaml", resource("names.yaml"));
    }

    /** The fingerprints in {@code yaml}, or an exception that names {@code file} and what is wrong in it. */
    public static List<TextFingerprint> read(String file, byte[] yaml) {
        return checked(file, yaml, root -> {
            known(root, Set.of("key", "texts"));
            var key = text(root, "key");
            var prints = new ArrayList<TextFingerprint>();
            list(root, "texts").forEach(entry -> prints.add(print(key, entry)));
            return List.copyOf(prints);
        });
    }

    /** The names in {@code yaml}; {@link ClaimNames} says what each part is. */
    public static ClaimNames names(String file, byte[] yaml) {
        return checked(file, yaml, root -> {
            known(root, Set.of("unspecific", "names", "links", "attached"));
            return new ClaimNames(
                    texts(root, "unspecific"), lists(root, "names"), lists(root, "links"), attached(root));
        });
    }

    private static TextFingerprint print(String key, JsonNode entry) {
        known(entry, Set.of("document", "source", "digest", "unnumbered", "raw", "words", "sketch", "clauses"));
        return new TextFingerprint(
                key,
                Document.valueOf(text(entry, "document").toUpperCase(Locale.ROOT)),
                text(entry, "source"),
                text(entry, "digest"),
                text(entry, "unnumbered"),
                List.copyOf(texts(entry, "raw")),
                entry.path("words").asInt(),
                text(entry, "sketch"),
                texts(entry, "clauses").stream().map(FingerprintReader::clause).toList());
    }

    private static ClauseDigest clause(String text) {
        int space = text.indexOf(' ');
        if (space < 1) {
            throw new IllegalArgumentException("a clause is a label, a space and a digest, not '%s'".formatted(text));
        }
        return new ClauseDigest(text.substring(0, space), text.substring(space + 1));
    }

    private static Map<String, Set<String>> lists(JsonNode root, String key) {
        var lists = new HashMap<String, Set<String>>();
        root.path(key).fieldNames().forEachRemaining(name -> lists.put(name, texts(root.path(key), name)));
        return lists;
    }

    private static List<ClaimNames.Attached> attached(JsonNode root) {
        var attached = new ArrayList<ClaimNames.Attached>();
        for (var entry : list(root, "attached")) {
            known(entry, Set.of("key", "license", "policy"));
            attached.add(new ClaimNames.Attached(text(entry, "key"), text(entry, "license"), text(entry, "policy")));
        }
        return attached;
    }

    private static <T> T checked(String file, byte[] yaml, Function<JsonNode, T> read) {
        if (yaml.length > FINGERPRINT_BYTES_MAX) {
            throw new IllegalArgumentException("%s: %d bytes, a fingerprint file has at most %d"
                    .formatted(file, yaml.length, FINGERPRINT_BYTES_MAX));
        }
        try {
            return read.apply(parse(file, yaml));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        }
    }

    private static Iterable<JsonNode> list(JsonNode node, String key) {
        if (!node.path(key).isArray()) {
            throw new IllegalArgumentException("'%s' must be a list".formatted(key));
        }
        return node.path(key);
    }

    private static Set<String> texts(JsonNode node, String key) {
        var texts = new LinkedHashSet<String>();
        for (var item : list(node, key)) {
            if (!item.isTextual()) {
                throw new IllegalArgumentException("'%s' must hold texts, quote %s".formatted(key, item));
            }
            texts.add(item.asText());
        }
        return texts;
    }

    private static String text(JsonNode node, String key) {
        if (!node.path(key).isTextual() || node.path(key).asText().isBlank()) {
            throw new IllegalArgumentException("'%s' must be a text".formatted(key));
        }
        return node.path(key).asText();
    }

    private static void known(JsonNode node, Set<String> keys) {
        node.fieldNames().forEachRemaining(key -> {
            if (!keys.contains(key)) {
                throw new IllegalArgumentException("unknown key '%s'".formatted(key));
            }
        });
    }

    private static JsonNode parse(String file, byte[] yaml) {
        try {
            return YAML.readTree(yaml);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not YAML: " + broken.getOriginalMessage(), broken);
        } catch (IOException impossible) {
            throw new UncheckedIOException(file, impossible);
        }
    }

    private static byte[] resource(String file) {
        try (var in = FingerprintReader.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("resource %s%s is missing".formatted(FOLDER, file));
            }
            return in.readAllBytes();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
