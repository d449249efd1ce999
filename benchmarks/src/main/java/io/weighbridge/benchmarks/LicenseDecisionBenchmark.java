package io.weighbridge.benchmarks;

import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Lineage.Node;
import io.weighbridge.license.policy.Lineage.Origin;
import io.weighbridge.license.policy.Numbers;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.terms.Threshold.Metric;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One license decision on a warm snapshot: find the model and the tenant, decide. Every model is under one of the shipped
 * licenses, two in three are made from others; the operator's facts are all known, as a served system has them.
 */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class LicenseDecisionBenchmark {
    private static final int ASKS = 1 << 14;

    @Param({"10", "1000"})
    private int models;

    @Param({"1000"})
    private int tenants;

    /** {@code permitted}: only pairs that are permitted; {@code any}: refusals with their words among them. */
    @Param({"permitted", "any"})
    private String verdicts;

    private final Map<String, Subject> subjects = new HashMap<>();
    private final Map<String, Use.Tenant> tenantsByKey = new HashMap<>();
    private Use.Operator operator = Use.Operator.UNKNOWN;
    private String[] askedModels = {};
    private String[] askedTenants = {};
    private int next;

    @Setup
    public void snapshot() {
        var random = new Random(1);
        var catalog = TermsReader.shipped();
        operator = operator();
        var nodes = new ArrayList<Node>();
        for (int i = 0; i < models; i++) {
            var id = catalog.all().get(random.nextInt(catalog.all().size())).id();
            var origins = i > 0 && random.nextInt(3) > 0
                    ? List.of(new Origin("acme/" + random.nextInt(i), Relation.FINE_TUNE))
                    : List.<Origin>of();
            nodes.add(new Node(
                    "acme/" + i,
                    new Traits(Answer.NO, null),
                    new LicenseClaim(id, null, id, false),
                    i % 3 == 0 ? List.of() : origins.stream().limit(1).toList()));
        }
        var lineage = Lineage.of(nodes);
        nodes.forEach(node -> subjects.put(node.model(), Subject.of(node.model(), lineage, catalog)));
        for (int i = 0; i < tenants; i++) {
            var purposes = EnumSet.of(Purpose.ASSISTANCE, Purpose.values()[random.nextInt(9)]);
            tenantsByKey.put(
                    "key-" + i,
                    new Use.Tenant(Answer.of(random.nextBoolean()), null, "JP", java.util.Set.of("JP"), purposes));
        }
        ask(random);
    }

    private void ask(Random random) {
        askedModels = new String[ASKS];
        askedTenants = new String[ASKS];
        for (int i = 0; i < ASKS; ) {
            var model = "acme/" + random.nextInt(models);
            var tenant = "key-" + random.nextInt(tenants);
            var use = new Use(Act.SERVE, operator, tenantsByKey.get(tenant), Use.Request.UNDECLARED);
            if (verdicts.equals("any") || LicensePolicy.check(subjects.get(model), use) instanceof Verdict.Permitted) {
                askedModels[i] = model;
                askedTenants[i] = tenant;
                i++;
            }
        }
    }

    private static Use.Operator operator() {
        var numbers = new EnumMap<Metric, Numbers.Series>(Metric.class);
        for (var metric : Metric.values()) {
            numbers.put(metric, new Numbers.Series(50_000L, 40_000L, 50_000L, Map.of()));
        }
        return new Use.Operator(Answer.YES, Answer.NO, Answer.NO, Answer.YES, new Numbers(numbers), "JP", Map.of());
    }

    @Benchmark
    public Verdict decide() {
        next = (next + 1) & (ASKS - 1);
        var subject = subjects.get(askedModels[next]);
        var tenant = tenantsByKey.get(askedTenants[next]);
        return LicensePolicy.check(subject, new Use(Act.SERVE, operator, tenant, Use.Request.UNDECLARED));
    }
}
