package io.weighbridge.license.terms;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.terms.Condition.Demand;
import io.weighbridge.license.terms.Condition.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads terms from YAML. The only class of this module that knows a file format.
 *
 * <pre>
 *   id: SPDX id or LicenseRef-...          aliases: [other ids]        name:        version: 1      url:
 *   grants:       [{clause, act}]                    act: serve | modify | distribute
 *   conditions:   [{clause, axis, when, demand}]     demand: {metric: ..., atMost: n} | flow-down-terms-published
 *   obligations:  [{clause, on, when, channel, value}]
 *   restrictions: [{clause, axis, when}]
 *   clause := id, section, text, confidence, provenance   (beside the other keys of the entry)
 *   when   := always | commercial-use | served-to-others | {purposes: [...]} | {countries: [...], of: operator | tenant}
 * </pre>
 *
 * A key that is not in this grammar is an error, so that a typing mistake cannot drop a restriction.
 */
public final class TermsReader {
    /** Most bytes of a terms file: terms are a page or two, anything larger is not terms. */
    public static final int TERMS_BYTES_MAX = 256 * 1024;

    private static final String FOLDER = "/terms/";
    private static final Set<String> CLAUSE_KEYS = Set.of("id", "section", "text", "confidence", "provenance");
    private static final YAMLMapper YAML = new YAMLMapper();

    private TermsReader() {}

    /** The terms that come with this module: the files that {@code terms/index.yaml} lists. */
    public static TermsCatalog shipped() {
        var index = parse("index.yaml", resource("index.yaml"));
        var all = new ArrayList<Terms>();
        for (var file : list(index, "files")) {
            all.add(read(file.asText(), resource(file.asText())));
        }
        return new TermsCatalog(all);
    }

    /** The terms in {@code yaml}, or an exception that names {@code file} and what is wrong in it. */
    public static Terms read(String file, byte[] yaml) {
        if (yaml.length > TERMS_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: %d bytes, terms have at most %d".formatted(file, yaml.length, TERMS_BYTES_MAX));
        }
        try {
            var root = parse(file, yaml);
            var keys = Set.of(
                    "id", "aliases", "name", "version", "url", "grants", "conditions", "obligations", "restrictions");
            known(root, keys);
            return new Terms(
                    text(root, "id"),
                    texts(root, "aliases"),
                    text(root, "name"),
                    root.path("version").asInt(),
                    digest(yaml),
                    text(root, "url"),
                    entries(root, "grants", TermsReader::grant),
                    entries(root, "conditions", TermsReader::condition),
                    entries(root, "obligations", TermsReader::obligation),
                    entries(root, "restrictions", TermsReader::restriction));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        }
    }

    private static Grant grant(JsonNode entry) {
        known(entry, "act");
        return new Grant(clause(entry), word(Act.class, entry, "act"));
    }

    private static Condition condition(JsonNode entry) {
        known(entry, "axis", "when", "demand");
        return new Condition(clause(entry), word(Axis.class, entry, "axis"), trigger(entry), demand(entry));
    }

    private static Obligation obligation(JsonNode entry) {
        known(entry, "on", "when", "channel", "value");
        return new Obligation(
                clause(entry),
                word(Act.class, entry, "on"),
                trigger(entry),
                word(Obligation.Channel.class, entry, "channel"),
                text(entry, "value"));
    }

    private static Restriction restriction(JsonNode entry) {
        known(entry, "axis", "when");
        return new Restriction(clause(entry), word(Axis.class, entry, "axis"), trigger(entry));
    }

    private static Clause clause(JsonNode entry) {
        return new Clause(
                text(entry, "id"),
                text(entry, "section"),
                text(entry, "text"),
                word(Confidence.class, entry, "confidence"),
                word(Provenance.class, entry, "provenance"));
    }

    private static Trigger trigger(JsonNode entry) {
        var when = entry.path("when");
        if (when.isObject()) {
            known(when, Set.of("purposes", "countries", "of"));
            return when.has("purposes")
                    ? new Trigger.ForPurposes(purposes(when))
                    : new Trigger.InCountries(word(Trigger.Party.class, when, "of"), texts(when, "countries"));
        }
        return switch (when.asText()) {
            case "always" -> new Trigger.Always();
            case "commercial-use" -> new Trigger.CommercialUse();
            case "served-to-others" -> new Trigger.ServedToOthers();
            default -> throw new IllegalArgumentException("'when' cannot be " + when);
        };
    }

    private static Set<Purpose> purposes(JsonNode when) {
        var purposes = new LinkedHashSet<Purpose>();
        for (var code : texts(when, "purposes")) {
            var purpose = Purpose.parse(code);
            if (purpose == Purpose.UNRECOGNIZED) {
                throw new IllegalArgumentException("no such purpose: " + code);
            }
            purposes.add(purpose);
        }
        return purposes;
    }

    private static Demand demand(JsonNode entry) {
        var demand = entry.path("demand");
        if (demand.isObject()) {
            known(demand, Set.of("metric", "atMost"));
            if (!demand.path("atMost").isIntegralNumber()) {
                throw new IllegalArgumentException("'atMost' must be a whole number");
            }
            return new Demand.AtMost(
                    word(Metric.class, demand, "metric"), demand.get("atMost").asLong());
        }
        if (demand.asText().equals("flow-down-terms-published")) {
            return new Demand.FlowDownTermsPublished();
        }
        throw new IllegalArgumentException("'demand' cannot be " + demand);
    }

    private static <T> List<T> entries(JsonNode root, String key, Function<JsonNode, T> read) {
        var entries = new ArrayList<T>();
        for (var entry : list(root, key)) {
            entries.add(read.apply(entry));
        }
        return entries;
    }

    private static Iterable<JsonNode> list(JsonNode node, String key) {
        var value = node.path(key);
        if (!value.isArray()) {
            throw new IllegalArgumentException("'%s' must be a list (it may be empty)".formatted(key));
        }
        return value;
    }

    private static Set<String> texts(JsonNode node, String key) {
        var texts = new LinkedHashSet<String>();
        for (var item : list(node, key)) {
            // Unquoted, YAML reads Norway's code as "false".
            if (!item.isTextual()) {
                throw new IllegalArgumentException("'%s' must hold texts, quote %s".formatted(key, item));
            }
            texts.add(item.asText());
        }
        return texts;
    }

    private static String text(JsonNode node, String key) {
        var value = node.path(key);
        if (!value.isTextual() || value.asText().isBlank()) {
            throw new IllegalArgumentException("'%s' must be a text".formatted(key));
        }
        return value.asText();
    }

    private static <E extends Enum<E>> E word(Class<E> type, JsonNode node, String key) {
        var text = text(node, key);
        return Arrays.stream(type.getEnumConstants())
                .filter(value ->
                        value.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'%s' cannot be %s".formatted(key, text)));
    }

    private static void known(JsonNode entry, String... keys) {
        var all = new LinkedHashSet<>(CLAUSE_KEYS);
        all.addAll(List.of(keys));
        known(entry, all);
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
            throw new IllegalArgumentException("%s: not YAML: %s".formatted(file, broken.getOriginalMessage()), broken);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static byte[] resource(String file) {
        try (var in = TermsReader.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("resource %s%s is missing".formatted(FOLDER, file));
            }
            return in.readAllBytes();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static String digest(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
