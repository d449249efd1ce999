package io.weighbridge.license.terms;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.YearMonth;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads terms from YAML. The only class of this package that knows a file format.
 *
 * <pre>
 *   key: short name   id: SPDX id or LicenseRef-...   aliases: [other ids]   name:   version: 1   url:   steward:   summary:
 *   class: permissive | threshold-permissive | community | rail | noncommercial | research-only
 *   grants:       [{clause, act}]                    act: serve | modify | distribute
 *   conditions:   [{clause, axis, when, unless?, demand, effect?}]      effect: no-rights (default) | ask-steward
 *   obligations:  [{clause, on, when, channel, value}]                  on: an act or train-on-outputs
 *   restrictions: [{clause, axis, when, unless?}]
 *   outputs:      {clause, rule}     rule: free | with-duties | inherited | forbidden-outside-family | forbidden | unknown
 *   naming:       [{clause, prefix, from: weights | outputs | both}]
 *   policies:     [ids of files in policies/]
 *
 *   clause := id, section, text, confidence, provenance   (beside the other keys of the entry)
 *   when, unless, demand := circumstance
 *   circumstance := always | never | commercial-use | served-to-others | model-service | nonprofit | multimodal-model
 *       | derived-model (in obligations only) | flow-down-terms-published | {purposes: [...]} | {only-purposes: [...]} | {holds: permission}
 *       | {countries: [...], of: operator | tenant | end-user}          EU stands for its members
 *       | {above: threshold} | {at-most: threshold} | {all: [...]} | {any: [...]} | {not: circumstance}
 *   threshold := {metric, scope: group | product, tested, most, month?}
 *       metric: monthly-users | monthly-revenue-usd | annual-revenue-usd | annual-recurring-revenue-usd
 *             | model-service-revenue-usd
 *       tested: once (with month: '2024-03') | before-release | monthly | annually | continuously
 *
 *   policy: id   name   version   mutable: true | false   url   restrictions: [...]
 * </pre>
 *
 * A key that is not in this grammar is an error, so that a typing mistake cannot drop a restriction.
 */
public final class TermsReader {
    /** Most bytes of a terms file: terms are a page or two, anything larger is not terms. */
    public static final int TERMS_BYTES_MAX = 256 * 1024;

    /** Most combinations of circumstances within each other. */
    public static final int CIRCUMSTANCE_DEPTH_MAX = 8;

    private static final String FOLDER = "/terms/";
    private static final Set<String> CLAUSE_KEYS = Set.of("id", "section", "text", "confidence", "provenance");
    private static final Set<String> TERMS_KEYS = Set.of(
            "key",
            "id",
            "aliases",
            "name",
            "version",
            "url",
            "steward",
            "class",
            "summary",
            "grants",
            "conditions",
            "obligations",
            "restrictions",
            "outputs",
            "naming",
            "policies");
    private static final Set<String> POLICY_KEYS = Set.of("id", "name", "version", "mutable", "url", "restrictions");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private TermsReader() {}

    /** The terms that come with this module: the files that {@code terms/index.yaml} lists. */
    public static TermsCatalog shipped() {
        var index = parse("index.yaml", resource("index.yaml"));
        var digests = new StringBuilder();
        var policies = new LinkedHashMap<String, UsePolicy>();
        for (var file : texts(index, "policies")) {
            var bytes = resource("policies/" + file);
            var policy = readPolicy(file, bytes);
            policies.put(policy.id(), policy);
            digests.append(policy.digest()).append('\n');
        }
        var all = new ArrayList<Terms>();
        for (var file : texts(index, "files")) {
            var terms = read(file, resource(file), policies);
            all.add(terms);
            digests.append(terms.digest()).append('\n');
        }
        return new TermsCatalog(all, digest(digests.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** The terms in {@code yaml}, which may refer to no policy; see {@link #read(String, byte[], Map)}. */
    public static Terms read(String file, byte[] yaml) {
        return read(file, yaml, Map.of());
    }

    /**
     * The terms in {@code yaml}, or an exception that names {@code file} and what is wrong in it.
     *
     * @param policies by id, for the terms to refer to
     */
    public static Terms read(String file, byte[] yaml, Map<String, UsePolicy> policies) {
        return document(file, yaml, root -> {
            known(root, TERMS_KEYS);
            return new Terms(
                    text(root, "key"),
                    text(root, "id"),
                    texts(root, "aliases"),
                    text(root, "name"),
                    root.path("version").asInt(),
                    digest(yaml),
                    text(root, "url"),
                    text(root, "steward"),
                    word(LicenseClass.class, root, "class"),
                    text(root, "summary"),
                    entries(root, "grants", TermsReader::grant),
                    entries(root, "conditions", TermsReader::condition),
                    entries(root, "obligations", TermsReader::obligation),
                    entries(root, "restrictions", TermsReader::restriction),
                    outputs(root.path("outputs")),
                    entries(root, "naming", TermsReader::naming),
                    texts(root, "policies").stream()
                            .map(id -> policy(policies, id))
                            .toList());
        });
    }

    /** The policy in {@code yaml}, or an exception that names {@code file} and what is wrong in it. */
    public static UsePolicy readPolicy(String file, byte[] yaml) {
        return document(file, yaml, root -> {
            known(root, POLICY_KEYS);
            return new UsePolicy(
                    text(root, "id"),
                    text(root, "name"),
                    root.path("version").asInt(),
                    digest(yaml),
                    flag(root, "mutable"),
                    text(root, "url"),
                    entries(root, "restrictions", TermsReader::restriction));
        });
    }

    private static <T> T document(String file, byte[] yaml, Function<JsonNode, T> read) {
        if (yaml.length > TERMS_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: %d bytes, terms have at most %d".formatted(file, yaml.length, TERMS_BYTES_MAX));
        }
        try {
            return read.apply(parse(file, yaml));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        }
    }

    private static UsePolicy policy(Map<String, UsePolicy> policies, String id) {
        var policy = policies.get(id);
        if (policy == null) {
            throw new IllegalArgumentException("no such policy: " + id);
        }
        return policy;
    }

    private static Grant grant(JsonNode entry) {
        known(entry, "act");
        return new Grant(clause(entry), word(Act.class, entry, "act"));
    }

    private static Condition condition(JsonNode entry) {
        known(entry, "axis", "when", "unless", "demand", "effect");
        return new Condition(
                clause(entry),
                word(Axis.class, entry, "axis"),
                circumstance(entry.path("when"), 0),
                unless(entry),
                circumstance(entry.path("demand"), 0),
                entry.has("effect") ? word(Condition.Effect.class, entry, "effect") : Condition.Effect.NO_RIGHTS);
    }

    private static Obligation obligation(JsonNode entry) {
        known(entry, "on", "when", "channel", "value");
        return new Obligation(
                clause(entry),
                word(Act.class, entry, "on"),
                circumstance(entry.path("when"), 0),
                word(Obligation.Channel.class, entry, "channel"),
                text(entry, "value"));
    }

    private static Restriction restriction(JsonNode entry) {
        known(entry, "axis", "when", "unless");
        return new Restriction(
                clause(entry), word(Axis.class, entry, "axis"), circumstance(entry.path("when"), 0), unless(entry));
    }

    private static Outputs outputs(JsonNode entry) {
        known(entry, "rule");
        return new Outputs(clause(entry), word(Outputs.Rule.class, entry, "rule"));
    }

    private static Naming naming(JsonNode entry) {
        known(entry, "prefix", "from");
        var from = text(entry, "from");
        if (!Set.of("weights", "outputs", "both").contains(from)) {
            throw new IllegalArgumentException("'from' cannot be " + from);
        }
        return new Naming(clause(entry), text(entry, "prefix"), !from.equals("outputs"), !from.equals("weights"));
    }

    private static Clause clause(JsonNode entry) {
        return new Clause(
                text(entry, "id"),
                text(entry, "section"),
                text(entry, "text"),
                word(Confidence.class, entry, "confidence"),
                word(Provenance.class, entry, "provenance"));
    }

    private static Circumstance unless(JsonNode entry) {
        return entry.has("unless") ? circumstance(entry.get("unless"), 0) : Circumstance.NEVER;
    }

    private static Circumstance circumstance(JsonNode node, int depth) {
        if (depth > CIRCUMSTANCE_DEPTH_MAX) {
            throw new IllegalArgumentException(
                    "circumstances are combined more than %d deep".formatted(CIRCUMSTANCE_DEPTH_MAX));
        }
        if (node.isObject()) {
            return combined(node, depth);
        }
        return switch (node.asText()) {
            case "always" -> new Circumstance.Always();
            case "never" -> Circumstance.NEVER;
            case "commercial-use" -> new Circumstance.CommercialUse();
            case "served-to-others" -> new Circumstance.ServedToOthers();
            case "model-service" -> new Circumstance.ModelService();
            case "nonprofit" -> new Circumstance.Nonprofit();
            case "multimodal-model" -> new Circumstance.MultimodalModel();
            case "derived-model" -> new Circumstance.DerivedModel();
            case "flow-down-terms-published" -> new Circumstance.FlowDownTermsPublished();
            default -> throw new IllegalArgumentException("no such circumstance: '%s'".formatted(shown(node)));
        };
    }

    private static Circumstance combined(JsonNode node, int depth) {
        if (node.has("countries")) {
            known(node, Set.of("countries", "of"));
            return new Circumstance.InCountries(
                    word(Circumstance.Party.class, node, "of"), Countries.expand(texts(node, "countries")));
        }
        if (node.size() != 1) {
            throw new IllegalArgumentException("a circumstance has one key, not " + shown(node));
        }
        var key = node.fieldNames().next();
        return switch (key) {
            case "purposes" -> new Circumstance.ForPurposes(purposes(node, key));
            case "only-purposes" -> new Circumstance.OnlyForPurposes(purposes(node, key));
            case "holds" -> new Circumstance.Holds(text(node, key));
            case "above" -> new Circumstance.Above(threshold(node.get(key)));
            case "at-most" -> new Circumstance.Not(new Circumstance.Above(threshold(node.get(key))));
            case "all" -> new Circumstance.AllOf(parts(node, key, depth));
            case "any" -> new Circumstance.AnyOf(parts(node, key, depth));
            case "not" -> new Circumstance.Not(circumstance(node.get(key), depth + 1));
            default -> throw new IllegalArgumentException("no such circumstance: '%s'".formatted(key));
        };
    }

    private static List<Circumstance> parts(JsonNode node, String key, int depth) {
        var parts = new ArrayList<Circumstance>();
        list(node, key).forEach(part -> parts.add(circumstance(part, depth + 1)));
        return parts;
    }

    private static Set<Purpose> purposes(JsonNode node, String key) {
        var purposes = new LinkedHashSet<Purpose>();
        for (var code : texts(node, key)) {
            var purpose = Purpose.parse(code);
            if (purpose == Purpose.UNRECOGNIZED) {
                throw new IllegalArgumentException("no such purpose: " + code);
            }
            purposes.add(purpose);
        }
        return purposes;
    }

    private static Threshold threshold(JsonNode node) {
        known(node, Set.of("metric", "scope", "tested", "most", "month"));
        if (!node.path("most").isIntegralNumber() || !node.path("most").canConvertToLong()) {
            throw new IllegalArgumentException("'most' must be a whole number");
        }
        return new Threshold(
                word(Threshold.Metric.class, node, "metric"),
                word(Threshold.Scope.class, node, "scope"),
                word(Threshold.Tested.class, node, "tested"),
                node.has("month") ? month(text(node, "month")) : null,
                node.get("most").asLong());
    }

    private static YearMonth month(String text) {
        try {
            return YearMonth.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException("'month' must look like 2024-03, not " + text, wrong);
        }
    }

    private static String shown(JsonNode node) {
        return node.isMissingNode() ? "nothing" : node.isTextual() ? node.asText() : node.toString();
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

    private static boolean flag(JsonNode node, String key) {
        if (!node.path(key).isBoolean()) {
            throw new IllegalArgumentException("'%s' must be true or false".formatted(key));
        }
        return node.get(key).asBoolean();
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
