package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.terms.Threshold.Metric;
import java.nio.charset.StandardCharsets;
import java.time.YearMonth;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UseJsonTest {
    private static final String FULL = """
            act: distribute
            operator:
              servesOthers: true
              modelService: false
              nonprofit: false
              flowDownTermsPublished: true
              domicile: de
              permissions: {meta-llama-license: true, other: false}
              monthlyUsers: {group: 7, product: 5, mostEver: 9, groupInMonth: {'2024-03': 4}}
              annualRevenueUsd: {group: 1000}
            tenant: {commercial: true, sector: health, country: FR, endUserCountries: [KR, 'NO'], purposes: [assistance]}
            request: {commercial: false, country: kr, purposes: [assistance, stargazing]}
            """;

    @Test
    void every_fact_is_read() {
        var use = read(FULL);
        assertThat(use.operator().domicile()).isEqualTo("DE");
        assertThat(use.operator().holds("meta-llama-license")).isEqualTo(Answer.YES);
        assertThat(use.operator().holds("other")).isEqualTo(Answer.NO);
        assertThat(use.operator().holds("third")).isEqualTo(Answer.UNKNOWN);
        assertThat(use.operator().numbers().byMetric())
                .hasEntrySatisfying(
                        Metric.MONTHLY_USERS,
                        users -> assertThat(users.groupInMonth()).containsEntry(YearMonth.of(2024, 3), 4L));
        assertThat(use.endUserCountries()).containsExactly("KR");
        assertThat(use.commercial()).isEqualTo(Answer.YES);
    }

    @Test
    void what_is_written_is_read_back_the_same_and_is_canonical() {
        var use = read(FULL);
        var text = UseJson.canonical(use);
        assertThat(UseJson.canonical(read(text))).isEqualTo(text).doesNotContain(" ");
        assertThat(text)
                .startsWith("{\"act\":\"distribute\",\"operator\":{\"annualRevenueUsd\":{\"group\":1000},\"domicile\"");
        assertThat(UseJson.canonical(read("{}"))).isEqualTo("{\"act\":\"serve\"}");
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void any_use_survives_writing_and_reading(RandomGenerator random) {
        var sample = new RandomTerms(random);
        var use = sample.forget(sample.complete());
        assertThat(read(UseJson.canonical(use))).isEqualTo(use);
    }

    @Test
    void a_mistake_is_named_and_never_taken_for_an_unknown_fact() {
        wrong("operator: {serveOthers: true}", "unknown key 'serveOthers'", "servesOthers");
        wrong("tenant: {commercial: 'yes'}", "tenant.commercial", "true or false");
        wrong("tenant: {purposes: [hatred]}", "hatred");
        wrong("tenant: {purposes: hate}", "must be a list");
        wrong("tenant: {endUserCountries: [NO]}", "quote");
        wrong("tenant: {country: Germany}", "Germany", "two letters");
        wrong("tenant: {endUserCountries: [EU]}", "EU", "ISO 3166");
        wrong("operator: {domicile: XX}", "XX", "ISO 3166");
        wrong("request: {country: UK}", "UK", "ISO 3166");
        wrong("operator: {monthlyUsers: 5}", "operator.monthlyUsers", "mapping");
        wrong("operator: {monthlyUsers: {group: 1.5}}", "whole number");
        wrong("operator: {monthlyUsers: {group: 99999999999999999999}}", "whole number");
        wrong("operator: {monthlyUsers: {group: -1}}", "negative");
        wrong("operator: {monthlyUsers: {groupInMonth: {March: 1}}}", "March");
        wrong("operator: {permissions: {a: 1}}", "operator.permissions.a");
        wrong("act: sell", "sell");
        wrong("[]", "mapping");
        wrong("a: [", "neither YAML nor JSON");
        wrong("tenant: {}\ntenant: {}", "Duplicate");
    }

    @Test
    void numbers_that_contradict_each_other_are_refused() {
        wrong("operator: {monthlyUsers: {group: 1, product: 2}}", "product is 2", "above group");
        wrong("operator: {monthlyUsers: {group: 2, mostEver: 1}}", "above mostEver");
        wrong("operator: {monthlyUsers: {mostEver: 1, groupInMonth: {'2024-03': 2}}}", "2024-03");
    }

    @Test
    void facts_have_limits() {
        var padded = "{}" + " ".repeat(UseJson.FACTS_BYTES_MAX - 2);
        assertThat(read(padded).operator()).isEqualTo(Use.Operator.UNKNOWN);
        wrong(padded + " ", "at most " + UseJson.FACTS_BYTES_MAX);
        assertThat(read(permissions(UseJson.PERMISSIONS_MAX)).operator().permissions())
                .hasSize(UseJson.PERMISSIONS_MAX);
        wrong(permissions(UseJson.PERMISSIONS_MAX + 1), "more than " + UseJson.PERMISSIONS_MAX);
        assertThat(read(months(UseJson.MONTHS_MAX))).isNotNull();
        wrong(months(UseJson.MONTHS_MAX + 1), "more than " + UseJson.MONTHS_MAX);
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void damaged_facts_are_refused_or_read_and_nothing_else(RandomGenerator random) {
        var bytes = FULL.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 20; i++) {
            var damaged = bytes.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                UseJson.read("facts.yaml", damaged);
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageContaining("facts.yaml");
            }
        }
    }

    private static String permissions(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "p" + i + ": true")
                .collect(Collectors.joining(", ", "operator: {permissions: {", "}}"));
    }

    private static String months(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "'" + YearMonth.of(1970, 1).plusMonths(i) + "': 1")
                .collect(Collectors.joining(", ", "operator: {monthlyUsers: {groupInMonth: {", "}}}"));
    }

    private static void wrong(String text, String... parts) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(parts);
    }

    private static Use read(String text) {
        return UseJson.read("facts.yaml", text.getBytes(StandardCharsets.UTF_8));
    }
}
