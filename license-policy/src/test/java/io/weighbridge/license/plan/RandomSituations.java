package io.weighbridge.license.plan;

import io.weighbridge.license.Samples;
import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Situations made of the facts and models of the license cases, mixed at random, so that verdicts of all kinds occur. */
final class RandomSituations {
    static final TermsCatalog CATALOG = TermsReader.shipped();

    private static final List<LicenseCase> CASES = LicenseCase.all();
    private static final int TENANTS_MAX = 4;
    private static final int MODELS_MAX = 8;

    private RandomSituations() {}

    static Situation any(RandomGenerator random) {
        var tenants = new TreeMap<String, Use.Tenant>();
        var count = 1 + random.nextInt(TENANTS_MAX);
        for (int i = 0; i < count; i++) {
            tenants.put("tenant-" + i, someCase(random).use().tenant());
        }
        return new Situation(operator(random), tenants, models(random), CATALOG);
    }

    static Use.Operator operator(RandomGenerator random) {
        return someCase(random).use().operator();
    }

    static LicenseClaim claim(RandomGenerator random) {
        if (random.nextInt(10) == 0) {
            return new LicenseClaim("other", null, null, random.nextBoolean());
        }
        var terms = CATALOG.all().get(random.nextInt(CATALOG.all().size()));
        return new LicenseClaim(terms.key(), null, terms.id(), false);
    }

    private static List<Candidate> models(RandomGenerator random) {
        var models = new ArrayList<Candidate>();
        var count = 1 + random.nextInt(MODELS_MAX);
        for (int i = 0; i < count; i++) {
            var origins = new ArrayList<Lineage.Origin>();
            if (i > 0 && random.nextInt(3) == 0) {
                // Only earlier ones: no circles.
                origins.add(new Lineage.Origin(
                        "acme/model-" + random.nextInt(i), Samples.oneOf(random, Relation.values())));
            }
            var node = new Lineage.Node(
                    "acme/model-" + i, someCase(random).models().getFirst().traits(), claim(random), origins);
            models.add(new Candidate(
                    node,
                    random.nextBoolean(),
                    random.nextBoolean() ? null : 1L + random.nextInt(1_000_000),
                    random.nextBoolean() ? null : 1 + random.nextInt(8_192),
                    null));
        }
        return models;
    }

    private static LicenseCase someCase(RandomGenerator random) {
        return CASES.get(random.nextInt(CASES.size()));
    }
}
