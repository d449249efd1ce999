package io.weighbridge.license.policy;

import io.weighbridge.license.Samples;
import io.weighbridge.license.policy.Numbers.Series;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Axis;
import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Condition;
import io.weighbridge.license.terms.Confidence;
import io.weighbridge.license.terms.Grant;
import io.weighbridge.license.terms.LicenseClass;
import io.weighbridge.license.terms.Naming;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Outputs;
import io.weighbridge.license.terms.Provenance;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Restriction;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.Threshold;
import io.weighbridge.license.terms.UsePolicy;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Terms and facts made up at random, for properties that hold for all of them. */
final class RandomTerms {
    private static final String[] COUNTRIES = {"DE", "FR", "KR", "JP", "US"};
    private static final String[] PERMISSIONS = {"alpha", "beta"};
    private static final YearMonth[] MONTHS = {YearMonth.of(2024, 3), YearMonth.of(2024, 6)};
    private static final Purpose[] PURPOSES = {
        Purpose.ASSISTANCE, Purpose.RESEARCH, Purpose.HATE, Purpose.MALWARE, Purpose.TRAINING_ON_OUTPUT
    };
    private static final int NUMBER_BOUND = 4;

    private final RandomGenerator random;
    private int clauses;

    RandomTerms(RandomGenerator random) {
        this.random = random;
    }

    Terms terms(String id) {
        var policies = some(
                2,
                i -> new UsePolicy(
                        id + "-policy-" + i,
                        "policy",
                        1,
                        "sha256:0",
                        true,
                        "about:blank",
                        some(2, _ -> restriction())));
        return new Terms(
                id.toLowerCase(java.util.Locale.ROOT),
                id,
                Set.of(),
                id,
                1,
                "sha256:0",
                "about:blank",
                "nobody",
                LicenseClass.COMMUNITY,
                "made up",
                grants(),
                some(
                        3,
                        _ -> new Condition(
                                clause(),
                                axis(),
                                circumstance(2),
                                unless(),
                                circumstance(2),
                                Samples.oneOf(random, Condition.Effect.values()))),
                some(
                        3,
                        i -> new Obligation(
                                clause(),
                                Samples.oneOf(random, Act.values()),
                                random.nextInt(4) == 0 ? new Circumstance.DerivedModel() : circumstance(1),
                                Samples.oneOf(random, Obligation.Channel.values()),
                                "value " + i)),
                some(3, _ -> restriction()),
                new Outputs(clause(), Samples.oneOf(random, Outputs.Rule.values())),
                List.<Naming>of(),
                policies);
    }

    private List<Grant> grants() {
        var grants = new ArrayList<Grant>();
        grants.add(new Grant(clause(), Act.SERVE));
        grants.addAll(some(2, _ -> new Grant(clause(), Samples.oneOf(random, Act.values()))));
        return grants;
    }

    private Restriction restriction() {
        return new Restriction(clause(), axis(), circumstance(2), unless());
    }

    private Circumstance unless() {
        return random.nextInt(3) == 0 ? circumstance(1) : Circumstance.NEVER;
    }

    private Clause clause() {
        clauses++;
        var confidence = random.nextInt(4) == 0 ? Samples.oneOf(random, Confidence.values()) : Confidence.HIGH;
        return new Clause("clause-" + clauses, "s" + clauses, "made up", confidence, Provenance.QUOTED);
    }

    private Axis axis() {
        return Samples.oneOf(random, Axis.values());
    }

    Circumstance circumstance(int depth) {
        return switch (random.nextInt(depth > 0 ? 14 : 11)) {
            case 0 -> new Circumstance.Always();
            case 1 -> new Circumstance.CommercialUse();
            case 2 -> new Circumstance.ServedToOthers();
            case 3 -> new Circumstance.ModelService();
            case 4 -> new Circumstance.Nonprofit();
            case 5 -> new Circumstance.MultimodalModel();
            case 6 -> new Circumstance.Holds(Samples.oneOf(random, PERMISSIONS));
            case 7 -> new Circumstance.ForPurposes(purposes());
            case 8 -> new Circumstance.OnlyForPurposes(purposes());
            case 9 ->
                new Circumstance.InCountries(
                        Samples.oneOf(random, Circumstance.Party.values()), Set.of(Samples.oneOf(random, COUNTRIES)));
            case 10 -> new Circumstance.Above(threshold());
            case 11 -> new Circumstance.AllOf(List.of(circumstance(depth - 1), circumstance(depth - 1)));
            case 12 -> new Circumstance.AnyOf(List.of(circumstance(depth - 1), circumstance(depth - 1)));
            default -> new Circumstance.Not(circumstance(depth - 1));
        };
    }

    private Threshold threshold() {
        var tested = Samples.oneOf(random, Threshold.Tested.values());
        return new Threshold(
                Samples.oneOf(random, Threshold.Metric.MONTHLY_USERS, Threshold.Metric.ANNUAL_REVENUE_USD),
                Samples.oneOf(random, Threshold.Scope.values()),
                tested,
                tested == Threshold.Tested.ONCE ? Samples.oneOf(random, MONTHS) : null,
                random.nextInt(NUMBER_BOUND));
    }

    Traits traits() {
        return new Traits(
                answer(),
                random.nextBoolean() ? null : Samples.oneOf(random, MONTHS).plusMonths(1));
    }

    /** A use of which everything is known. */
    Use complete() {
        return new Use(
                Act.SERVE,
                new Use.Operator(
                        known(),
                        known(),
                        known(),
                        known(),
                        numbers(),
                        Samples.oneOf(random, COUNTRIES),
                        Map.of(PERMISSIONS[0], random.nextBoolean(), PERMISSIONS[1], random.nextBoolean())),
                new Use.Tenant(
                        known(),
                        null,
                        Samples.oneOf(random, COUNTRIES),
                        new TreeSet<>(List.of(Samples.oneOf(random, COUNTRIES), Samples.oneOf(random, COUNTRIES))),
                        purposes()),
                Use.Request.UNDECLARED);
    }

    /** The same use with some facts forgotten. */
    Use forget(Use use) {
        var operator = use.operator();
        var tenant = use.tenant();
        var permissions = new TreeMap<>(operator.permissions());
        permissions.keySet().removeIf(_ -> random.nextBoolean());
        return new Use(
                use.act(),
                new Use.Operator(
                        forget(operator.servesOthers()),
                        forget(operator.modelService()),
                        forget(operator.nonprofit()),
                        forget(operator.flowDownTermsPublished()),
                        forget(operator.numbers()),
                        random.nextBoolean() ? null : operator.domicile(),
                        permissions),
                new Use.Tenant(
                        forget(tenant.commercial()),
                        null,
                        random.nextBoolean() ? null : tenant.country(),
                        random.nextBoolean() ? null : tenant.endUserCountries(),
                        random.nextBoolean() ? null : tenant.purposes()),
                use.request());
    }

    private Numbers numbers() {
        var byMetric = new EnumMap<Threshold.Metric, Series>(Threshold.Metric.class);
        for (var metric : Threshold.Metric.values()) {
            var mostEver = random.nextLong(NUMBER_BOUND + 1);
            var group = random.nextLong(mostEver + 1);
            var months = new TreeMap<YearMonth, Long>();
            for (var month : MONTHS) {
                months.put(month, random.nextLong(mostEver + 1));
            }
            byMetric.put(metric, new Series(group, random.nextLong(group + 1), mostEver, months));
        }
        return new Numbers(byMetric);
    }

    private Numbers forget(Numbers numbers) {
        var kept = new EnumMap<Threshold.Metric, Series>(Threshold.Metric.class);
        numbers.byMetric().forEach((metric, series) -> {
            var months = new TreeMap<>(series.groupInMonth());
            months.keySet().removeIf(_ -> random.nextBoolean());
            if (random.nextInt(4) > 0) {
                kept.put(
                        metric,
                        new Series(maybe(series.group()), maybe(series.product()), maybe(series.mostEver()), months));
            }
        });
        return new Numbers(kept);
    }

    private @Nullable Long maybe(@Nullable Long value) {
        return random.nextBoolean() ? null : value;
    }

    private Answer forget(Answer answer) {
        return random.nextBoolean() ? Answer.UNKNOWN : answer;
    }

    private Answer known() {
        return Answer.of(random.nextBoolean());
    }

    private Answer answer() {
        return Samples.oneOf(random, Answer.values());
    }

    Set<Purpose> purposes() {
        var purposes = EnumSet.of(Samples.oneOf(random, PURPOSES));
        if (random.nextBoolean()) {
            purposes.add(Samples.oneOf(random, PURPOSES));
        }
        return purposes;
    }

    private <T> List<T> some(int most, IntFunction<T> one) {
        return IntStream.rangeClosed(1, random.nextInt(most + 1)).mapToObj(one).toList();
    }
}
