package io.weighbridge.license.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.policy.Numbers.Series;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Threshold.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.YearMonth;
import java.time.format.DateTimeParseException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a use from YAML or JSON, and writes it as canonical JSON. The schema is {@code facts.schema.json} in contracts.
 *
 * <pre>
 *   act: serve (default) | modify | distribute | train-on-outputs
 *   operator: {servesOthers, modelService, nonprofit, flowDownTermsPublished, domicile, permissions: {name: true | false},
 *              monthlyUsers: series, monthlyRevenueUsd: series, annualRevenueUsd: series,
 *              annualRecurringRevenueUsd: series, modelServiceRevenueUsd: series}
 *   tenant:   {commercial, sector, country, endUserCountries: [...], purposes: [...]}
 *   request:  {commercial, country, purposes: [...]}
 *   series := {group, product, mostEver, groupInMonth: {'2024-03': number}}
 * </pre>
 *
 * A fact that is left out is unknown; a fact that is not in this grammar is an error, so that a typing mistake is not taken for
 * an unknown fact.
 */
public final class UseJson {
    /** Most bytes of a file of facts. */
    public static final int FACTS_BYTES_MAX = 1024 * 1024;

    /** Most months of one series. */
    public static final int MONTHS_MAX = 600;

    /** Most permissions an operator can list. */
    public static final int PERMISSIONS_MAX = 200;

    private static final Set<String> USE_KEYS = Set.of("act", "operator", "tenant", "request");
    static final Set<String> TENANT_KEYS = Set.of("commercial", "sector", "country", "endUserCountries", "purposes");
    private static final Set<String> REQUEST_KEYS = Set.of("commercial", "country", "purposes");
    static final Set<String> SERIES_KEYS = Set.of("group", "product", "mostEver", "groupInMonth");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final ObjectMapper JSON = new ObjectMapper();

    private UseJson() {}

    /** The use in {@code text}, YAML or JSON, or an exception that names {@code file} and what is wrong in it. */
    public static Use read(String file, byte[] text) {
        if (text.length > FACTS_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: %d bytes, facts have at most %d".formatted(file, text.length, FACTS_BYTES_MAX));
        }
        try {
            return use(YAML.readTree(text));
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException(
                    "%s: neither YAML nor JSON: %s".formatted(file, broken.getOriginalMessage()), broken);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** The use that a parsed document describes. */
    public static Use use(JsonNode root) {
        object("the file", root, USE_KEYS);
        return new Use(
                root.has("act") ? act(root.get("act")) : Act.SERVE,
                operator(root.path("operator")),
                tenant(root.path("tenant")),
                request(root.path("request")));
    }

    /** The facts of {@code operator: {...}}; a missing node says nothing. */
    public static Use.Operator operator(JsonNode node) {
        object("operator", node, operatorKeys());
        return new Use.Operator(
                answer("operator", node, "servesOthers"),
                answer("operator", node, "modelService"),
                answer("operator", node, "nonprofit"),
                answer("operator", node, "flowDownTermsPublished"),
                numbers(node),
                text("operator", node, "domicile"),
                permissions(node.path("permissions")));
    }

    /** The facts of {@code tenant: {...}}; a missing node says nothing. */
    public static Use.Tenant tenant(JsonNode node) {
        object("tenant", node, TENANT_KEYS);
        return new Use.Tenant(
                answer("tenant", node, "commercial"),
                text("tenant", node, "sector"),
                text("tenant", node, "country"),
                texts("tenant", node, "endUserCountries"),
                purposes("tenant", node, false));
    }

    /** The facts of {@code request: {...}}; a missing node says nothing. A purpose that we do not know stays unrecognized. */
    public static Use.Request request(JsonNode node) {
        object("request", node, REQUEST_KEYS);
        return new Use.Request(
                answer("request", node, "commercial"),
                text("request", node, "country"),
                purposes("request", node, true));
    }

    /** The known facts, with sorted keys and no spaces: equal uses give equal texts. */
    public static String canonical(Use use) {
        var root = JSON.createObjectNode();
        root.put("act", hyphens(use.act()));
        putIfAny(root, "operator", write(use.operator()));
        putIfAny(root, "request", write(use.request()));
        putIfAny(root, "tenant", write(use.tenant()));
        return root.toString();
    }

    static Set<String> operatorKeys() {
        var keys = new TreeSet<>(Set.of(
                "servesOthers", "modelService", "nonprofit", "flowDownTermsPublished", "domicile", "permissions"));
        for (var metric : Metric.values()) {
            keys.add(Words.camel(metric));
        }
        return keys;
    }

    private static ObjectNode write(Use.Operator operator) {
        var fields = new TreeMap<String, JsonNode>();
        put(fields, "servesOthers", operator.servesOthers());
        put(fields, "modelService", operator.modelService());
        put(fields, "nonprofit", operator.nonprofit());
        put(fields, "flowDownTermsPublished", operator.flowDownTermsPublished());
        put(fields, "domicile", operator.domicile());
        if (!operator.permissions().isEmpty()) {
            var permissions = JSON.createObjectNode();
            operator.permissions().forEach(permissions::put);
            fields.put("permissions", permissions);
        }
        operator.numbers().byMetric().forEach((metric, series) -> fields.put(Words.camel(metric), write(series)));
        return JSON.createObjectNode().setAll(fields);
    }

    private static ObjectNode write(Series series) {
        var node = JSON.createObjectNode();
        if (series.group() != null) {
            node.put("group", series.group());
        }
        if (!series.groupInMonth().isEmpty()) {
            var months = node.putObject("groupInMonth");
            series.groupInMonth().forEach((month, value) -> months.put(month.toString(), value));
        }
        if (series.mostEver() != null) {
            node.put("mostEver", series.mostEver());
        }
        if (series.product() != null) {
            node.put("product", series.product());
        }
        return node;
    }

    private static ObjectNode write(Use.Tenant tenant) {
        var fields = new TreeMap<String, JsonNode>();
        put(fields, "commercial", tenant.commercial());
        put(fields, "sector", tenant.sector());
        put(fields, "country", tenant.country());
        put(fields, "endUserCountries", tenant.endUserCountries());
        put(fields, "purposes", codes(tenant.purposes()));
        return JSON.createObjectNode().setAll(fields);
    }

    private static ObjectNode write(Use.Request request) {
        var fields = new TreeMap<String, JsonNode>();
        put(fields, "commercial", request.commercial());
        put(fields, "country", request.country());
        put(fields, "purposes", codes(request.purposes()));
        return JSON.createObjectNode().setAll(fields);
    }

    private static void putIfAny(ObjectNode root, String key, ObjectNode value) {
        if (!value.isEmpty()) {
            root.set(key, value);
        }
    }

    private static void put(Map<String, JsonNode> fields, String key, Answer answer) {
        if (answer != Answer.UNKNOWN) {
            fields.put(key, JSON.getNodeFactory().booleanNode(answer == Answer.YES));
        }
    }

    private static void put(Map<String, JsonNode> fields, String key, @Nullable String value) {
        if (value != null) {
            fields.put(key, JSON.getNodeFactory().textNode(value));
        }
    }

    private static void put(Map<String, JsonNode> fields, String key, @Nullable Set<String> values) {
        if (values != null) {
            var list = JSON.createArrayNode();
            new TreeSet<>(values).forEach(list::add);
            fields.put(key, list);
        }
    }

    private static @Nullable Set<String> codes(@Nullable Set<Purpose> purposes) {
        if (purposes == null) {
            return null;
        }
        var codes = new TreeSet<String>();
        purposes.forEach(purpose -> codes.add(purpose.code()));
        return codes;
    }

    private static Numbers numbers(JsonNode operator) {
        var byMetric = new EnumMap<Metric, Series>(Metric.class);
        for (var metric : Metric.values()) {
            var key = Words.camel(metric);
            if (operator.has(key)) {
                byMetric.put(metric, series("operator." + key, operator.get(key)));
            }
        }
        return new Numbers(byMetric);
    }

    private static Series series(String path, JsonNode node) {
        object(path, node, SERIES_KEYS);
        var months = node.path("groupInMonth");
        var byMonth = new TreeMap<YearMonth, Long>();
        if (!months.isMissingNode()) {
            requireObject(path + ".groupInMonth", months);
            if (months.size() > MONTHS_MAX) {
                throw new IllegalArgumentException("%s.groupInMonth: more than %d months".formatted(path, MONTHS_MAX));
            }
            for (var entry : months.properties()) {
                byMonth.put(month(path, entry.getKey()), required(path, months, entry.getKey()));
            }
        }
        return new Series(
                number(path, node, "group"), number(path, node, "product"), number(path, node, "mostEver"), byMonth);
    }

    private static YearMonth month(String path, String text) {
        try {
            return YearMonth.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException(
                    "%s.groupInMonth: '%s' is not a month such as 2024-03".formatted(path, text), wrong);
        }
    }

    private static Map<String, Boolean> permissions(JsonNode node) {
        var permissions = new LinkedHashMap<String, Boolean>();
        if (node.isMissingNode()) {
            return permissions;
        }
        requireObject("operator.permissions", node);
        if (node.size() > PERMISSIONS_MAX) {
            throw new IllegalArgumentException("operator.permissions: more than " + PERMISSIONS_MAX);
        }
        for (var entry : node.properties()) {
            if (!entry.getValue().isBoolean()) {
                throw new IllegalArgumentException(
                        "operator.permissions.%s must be true or false".formatted(entry.getKey()));
            }
            permissions.put(entry.getKey(), entry.getValue().asBoolean());
        }
        return permissions;
    }

    private static Act act(JsonNode node) {
        for (var act : Act.values()) {
            if (node.isTextual() && hyphens(act).equals(node.asText())) {
                return act;
            }
        }
        throw new IllegalArgumentException("'act' cannot be %s".formatted(node));
    }

    private static String hyphens(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static @Nullable Set<Purpose> purposes(String path, JsonNode node, boolean anyWord) {
        var codes = texts(path, node, "purposes");
        if (codes == null) {
            return null;
        }
        var purposes = EnumSet.noneOf(Purpose.class);
        for (var code : codes) {
            var purpose = Purpose.parse(code);
            if (purpose == Purpose.UNRECOGNIZED && !anyWord) {
                throw new IllegalArgumentException("%s.purposes: no such purpose: '%s'".formatted(path, code));
            }
            purposes.add(purpose);
        }
        return purposes;
    }

    private static Answer answer(String path, JsonNode node, String key) {
        var value = node.path(key);
        if (value.isMissingNode()) {
            return Answer.UNKNOWN;
        }
        if (!value.isBoolean()) {
            throw new IllegalArgumentException(
                    "%s.%s must be true or false; leave it out when it is not known".formatted(path, key));
        }
        return Answer.of(value.asBoolean());
    }

    private static @Nullable Long number(String path, JsonNode node, String key) {
        return node.has(key) ? required(path, node, key) : null;
    }

    private static Long required(String path, JsonNode node, String key) {
        var value = node.path(key);
        // 5.0 is a whole number, as in JSON Schema.
        if (!value.isNumber() || !value.canConvertToExactIntegral() || !value.canConvertToLong()) {
            throw new IllegalArgumentException("%s.%s must be a whole number".formatted(path, key));
        }
        return value.asLong();
    }

    private static @Nullable String text(String path, JsonNode node, String key) {
        var value = node.path(key);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.isTextual() || value.asText().isBlank()) {
            throw new IllegalArgumentException(
                    "%s.%s must be a text (in quotes where YAML would read it as something else)".formatted(path, key));
        }
        return value.asText();
    }

    private static @Nullable Set<String> texts(String path, JsonNode node, String key) {
        var list = node.path(key);
        if (list.isMissingNode()) {
            return null;
        }
        if (!list.isArray()) {
            throw new IllegalArgumentException("%s.%s must be a list".formatted(path, key));
        }
        var texts = new TreeSet<String>();
        for (var item : list) {
            // Unquoted, YAML reads Norway's code as "false".
            if (!item.isTextual()) {
                throw new IllegalArgumentException("%s.%s must hold texts, quote %s".formatted(path, key, item));
            }
            texts.add(item.asText());
        }
        return texts;
    }

    static void object(String path, JsonNode node, Set<String> keys) {
        if (node.isMissingNode()) {
            return;
        }
        requireObject(path, node);
        for (var entry : node.properties()) {
            if (!keys.contains(entry.getKey())) {
                throw new IllegalArgumentException("%s: unknown key '%s'; known: %s"
                        .formatted(path, entry.getKey(), String.join(", ", new TreeSet<>(keys))));
            }
        }
    }

    private static void requireObject(String path, JsonNode node) {
        if (!node.isObject()) {
            throw new IllegalArgumentException("%s must be a mapping, not %s".formatted(path, node));
        }
    }
}
