package io.weighbridge.cli.license;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.weighbridge.cli.Outcome;
import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Threshold.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema and the reader must take the same documents, so that neither drifts. */
class FactsSchemaTest {
    private static final JsonNode DOCUMENT = schemaDocument();
    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(DOCUMENT);

    static List<LicenseCase> cases() {
        return LicenseCase.all();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{act: serve}",
                "{act: train-on-outputs, operator: {}, tenant: {}, request: {}}",
                "{operator: {servesOthers: true, modelService: false, nonprofit: true, flowDownTermsPublished: false}}",
                "{operator: {domicile: de}}",
                "{operator: {domicile: ' DE '}}",
                "{operator: {permissions: {}}}",
                "{operator: {permissions: {acme.com/license: true, other: false}}}",
                "{operator: {monthlyUsers: {}}}",
                "{operator: {monthlyUsers: {group: 0}}}",
                "{operator: {monthlyUsers: {group: 9223372036854775807}}}",
                "{operator: {monthlyUsers: {group: 5.0}}}",
                "{operator: {monthlyRevenueUsd: {product: 1, group: 2, mostEver: 3}}}",
                "{operator: {annualRevenueUsd: {groupInMonth: {'2024-03': 5, '2024-12': 6}}}}",
                "{operator: {annualRecurringRevenueUsd: {mostEver: 1}, modelServiceRevenueUsd: {mostEver: 1}}}",
                "{tenant: {commercial: true, sector: banking, country: 'NO', endUserCountries: [DE, FR]}}",
                "{tenant: {endUserCountries: [], purposes: []}}",
                "{tenant: {endUserCountries: [DE, DE], purposes: [research, research]}}",
                "{request: {commercial: false, country: CH, purposes: [stargazing, assistance]}}",
                "{request: {purposes: ['']}}",
            })
    void both_take(String document) throws Exception {
        assertThat(SCHEMA.validate(parse(document))).isEmpty();
        UseJson.use(parse(document));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "text",
                "{acts: serve}",
                "{act: Serve}",
                "{act: null}",
                "{act: [serve]}",
                "{operator: null}",
                "{operator: []}",
                "{operator: {servesOther: true}}",
                "{operator: {servesOthers: 'yes'}}",
                "{operator: {servesOthers: null}}",
                "{operator: {nonprofit: 1}}",
                "{operator: {domicile: DEU}}",
                "{operator: {domicile: Germany}}",
                "{operator: {domicile: 49}}",
                "{operator: {domicile: false}}",
                "{operator: {permissions: [acme]}}",
                "{operator: {permissions: {acme: 'yes'}}}",
                "{operator: {monthlyUsers: 5}}",
                "{operator: {monthlyUsers: {group: -1}}}",
                "{operator: {monthlyUsers: {group: 1.5}}}",
                "{operator: {monthlyUsers: {group: '5'}}}",
                "{operator: {monthlyUsers: {group: null}}}",
                "{operator: {monthlyUsers: {group: 9223372036854775808}}}",
                "{operator: {monthlyUsers: {groups: 5}}}",
                "{operator: {monthlyUsers: {groupInMonth: []}}}",
                "{operator: {monthlyUsers: {groupInMonth: {'2024-13': 5}}}}",
                "{operator: {monthlyUsers: {groupInMonth: {'2024': 5}}}}",
                "{operator: {monthlyUsers: {groupInMonth: {'2024-03': -5}}}}",
                "{tenant: {commercial: commercial}}",
                "{tenant: {sector: ''}}",
                "{tenant: {sector: '  '}}",
                "{tenant: {endUserCountries: DE}}",
                "{tenant: {endUserCountries: [Germany]}}",
                "{tenant: {endUserCountries: [false]}}",
                "{tenant: {purposes: research}}",
                "{tenant: {purposes: [stargazing]}}",
                "{tenant: {purposes: [unrecognized]}}",
                "{tenant: {purposes: [1]}}",
                "{request: {purposes: [1]}}",
                "{request: {purpose: [research]}}",
                "{request: {sector: banking}}",
            })
    void both_refuse(String document) throws Exception {
        assertThat(SCHEMA.validate(parse(document))).isNotEmpty();
        assertThatThrownBy(() -> UseJson.use(parse(document))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_facts_of_every_case_fit_the_schema(LicenseCase one) throws Exception {
        assertThat(SCHEMA.validate(one.facts())).isEmpty();
        assertThat(SCHEMA.validate(parse(UseJson.canonical(one.use())))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{operator: {monthlyUsers: {group: 2, mostEver: 1}}}",
                "{operator: {monthlyUsers: {product: 2, group: 1}}}",
                "{operator: {monthlyUsers: {mostEver: 1, groupInMonth: {'2024-03': 2}}}}",
            })
    void only_contradictions_are_left_to_the_reader(String document) throws Exception {
        assertThat(SCHEMA.validate(parse(document))).isEmpty();
        assertThatThrownBy(() -> UseJson.use(parse(document))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Software_Development", " research "})
    void a_purpose_in_another_spelling_is_read_and_written_as_the_schema_has_it(String purpose) throws Exception {
        var document = parse("{tenant: {purposes: ['%s']}}".formatted(purpose));

        assertThat(SCHEMA.validate(parse(UseJson.canonical(UseJson.use(document)))))
                .isEmpty();
    }

    @Test
    void the_limits_are_the_readers() throws Exception {
        assertThat(DOCUMENT.at("/$defs/series/properties/groupInMonth/maxProperties")
                        .asInt())
                .isEqualTo(UseJson.MONTHS_MAX);
        assertThat(DOCUMENT.at("/$defs/operator/properties/permissions/maxProperties")
                        .asInt())
                .isEqualTo(UseJson.PERMISSIONS_MAX);
    }

    @Test
    void every_purpose_and_every_number_is_in_the_schema() {
        var purposes = Arrays.stream(Purpose.values())
                .filter(purpose -> purpose != Purpose.UNRECOGNIZED)
                .map(Purpose::code)
                .toList();
        var numbers = new ArrayList<String>();
        DOCUMENT.at("/$defs/operator/properties").properties().stream()
                .filter(entry -> entry.getValue().path("$ref").asText().endsWith("/series"))
                .forEach(entry -> numbers.add(entry.getKey()));

        assertThat(DOCUMENT.at("/$defs/purpose/oneOf").findValuesAsText("const"))
                .containsExactlyElementsOf(purposes);
        assertThat(numbers).hasSameSizeAs(Metric.values());
    }

    @Test
    void every_fact_is_described() {
        var undescribed = new ArrayList<String>();
        for (var definition : List.of("", "/$defs/operator", "/$defs/tenant", "/$defs/request", "/$defs/series")) {
            for (var entry : DOCUMENT.at(definition + "/properties").properties()) {
                var described = entry.getValue().has("description")
                        || DOCUMENT.at("/$defs/" + entry.getKey()).has("description");
                if (!described) {
                    undescribed.add(definition + "/" + entry.getKey());
                }
            }
        }
        assertThat(undescribed).isEmpty();
    }

    private static JsonNode parse(String document) throws Exception {
        return new YAMLMapper().readTree(document);
    }

    private static JsonNode schemaDocument() {
        try {
            return new ObjectMapper().readTree(Outcome.of("license", "schema").out());
        } catch (com.fasterxml.jackson.core.JsonProcessingException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
