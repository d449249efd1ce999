package io.weighbridge.license.policy;

import io.weighbridge.license.policy.Finding.Rule;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.policy.Verdict.Undetermined;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Condition;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Outputs;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Restriction;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Decides whether a use is within the licenses that bind a model. Pure: the same terms and facts give the same verdict, at any
 * time and in any order of clauses. A permission costs comparisons and a short list; words are only made for refusals.
 */
public final class LicensePolicy {
    private static final Circumstance TRAINS_ON_OUTPUT =
            new Circumstance.ForPurposes(Set.of(Purpose.TRAINING_ON_OUTPUT));

    private LicensePolicy() {}

    /** The verdict on {@code use} of {@code subject}: everything that binds it, combined. */
    public static Verdict check(Subject subject, Use use) {
        var verdict = subject.settled().and(declaredUse(subject.model(), use));
        var layers = subject.layers();
        for (int i = 0; i < layers.size(); i++) {
            verdict = verdict.and(check(layers.get(i), use));
        }
        return verdict;
    }

    /** The verdict on {@code use} of a model that was made from no other, whose license is claimed to be {@code claim}. */
    public static Verdict check(LicenseClaim claim, TermsCatalog catalog, Use use) {
        return check(Subject.of("the model", claim, catalog), use);
    }

    /** The verdict on {@code use} under {@code terms} alone. */
    public static Verdict check(Terms terms, Use use) {
        var layer = new Subject.Layer("the model", Traits.UNKNOWN, terms, false);
        return declaredUse(layer.model(), use).and(check(layer, use));
    }

    private static Verdict check(Subject.Layer layer, Use use) {
        if (layer.dutiesOnly()) {
            return dutiesOfStudent(layer, use);
        }
        var terms = layer.terms();
        var verdict = granted(layer, use);
        var conditions = terms.conditions();
        for (int i = 0; i < conditions.size(); i++) {
            verdict = verdict.and(conditionMet(layer, conditions.get(i), use));
        }
        verdict = verdict.and(notRestricted(layer, terms.id(), terms.restrictions(), use));
        var policies = terms.policies();
        for (int i = 0; i < policies.size(); i++) {
            var policy = policies.get(i);
            verdict = verdict.and(notRestricted(layer, policy.id(), policy.restrictions(), use));
        }
        verdict = verdict.and(outputUse(layer, use));
        return verdict instanceof Permitted ? verdict.and(obligations(layer, use)) : verdict;
    }

    private static Verdict declaredUse(String model, Use use) {
        var tenant = use.tenant();
        var request = use.request();
        var declared = tenant.purposes();
        var requested = request.purposes();
        var verdict = Verdict.silent();
        if (declared != null && requested != null && !declared.containsAll(requested)) {
            verdict = verdict.and(outsideDeclaration(
                    model,
                    "the request is for %s, its tenant is declared for %s"
                            .formatted(Words.purposes(requested), Words.purposes(declared)),
                    "name a purpose that the tenant declared, or add the purpose to tenant.purposes"));
        }
        if (tenant.commercial() == Answer.NO && request.commercial() == Answer.YES) {
            verdict = verdict.and(outsideDeclaration(
                    model,
                    "the request is commercial, its tenant is declared as not commercial",
                    "set tenant.commercial to true, or send the request without a commercial purpose"));
        }
        var country = request.country();
        var countries = tenant.endUserCountries();
        if (country != null && countries != null && !countries.contains(country)) {
            verdict = verdict.and(outsideDeclaration(
                    model,
                    "the request's end user is in %s, its tenant declared %s"
                            .formatted(country, String.join(", ", countries)),
                    "add the country to tenant.endUserCountries"));
        }
        return verdict;
    }

    private static Verdict outsideDeclaration(String model, String evidence, String howToFix) {
        return new Undetermined(
                List.of(new Finding(Rule.WITHIN_DECLARED_USE, model, "none", "declared use", evidence, howToFix)));
    }

    private static Verdict granted(Subject.Layer layer, Use use) {
        if (use.act() == Act.TRAIN_ON_OUTPUTS) {
            return Verdict.silent();
        }
        var grants = layer.terms().grants();
        Clause uncertain = null;
        for (int i = 0; i < grants.size(); i++) {
            var grant = grants.get(i);
            if (grant.act() == use.act()) {
                if (grant.clause().confidence().decides()) {
                    return Verdict.silent();
                }
                uncertain = uncertain == null || grant.clause().compareTo(uncertain) < 0 ? grant.clause() : uncertain;
            }
        }
        var evidence = uncertain == null
                ? "the recorded terms do not say that one may %s"
                : "the recorded clause that one may %s is not certain enough to rely on";
        return new Undetermined(List.of(new Finding(
                Rule.ACT_GRANTED,
                layer.model(),
                layer.terms().id(),
                uncertain == null ? "no grant" : uncertain.id(),
                evidence.formatted(Words.code(use.act())),
                "read the license text and record the grant in its terms")));
    }

    private static Verdict conditionMet(Subject.Layer layer, Condition condition, Use use) {
        var traits = layer.traits();
        var bears = bears(condition.when(), condition.unless(), use, traits);
        if (bears == Answer.NO) {
            return Verdict.silent();
        }
        var met = Facts.answer(condition.demand(), use, traits);
        var clause = condition.clause();
        var license = layer.terms().id();
        if (met == Answer.YES) {
            return clause.confidence().decides()
                    ? Verdict.silent()
                    : tooUncertain(
                            layer, license, clause, Rule.CONDITION_MET, Words.facts(condition.demand(), use, traits));
        }
        if (bears == Answer.YES && met == Answer.NO) {
            var facts = Words.facts(condition.demand(), use, traits);
            return refused(layer, license, clause, Rule.CONDITION_MET, facts, fix(layer.terms(), condition));
        }
        var unknown = new Circumstance.AllOf(List.of(
                condition.when(), new Circumstance.Not(condition.unless()), new Circumstance.Not(condition.demand())));
        return open(layer, license, clause, Rule.CONDITION_MET, unknown, use);
    }

    private static Verdict notRestricted(Subject.Layer layer, String license, List<Restriction> restrictions, Use use) {
        var verdict = Verdict.silent();
        for (int i = 0; i < restrictions.size(); i++) {
            var restriction = restrictions.get(i);
            var traits = layer.traits();
            var bears = bears(restriction.when(), restriction.unless(), use, traits);
            if (bears == Answer.YES) {
                var facts = Words.facts(restriction.when(), use, traits);
                verdict = verdict.and(refused(
                        layer, license, restriction.clause(), Rule.NOT_RESTRICTED, facts, lift(restriction.unless())));
            } else if (bears == Answer.UNKNOWN) {
                var unknown =
                        new Circumstance.AllOf(List.of(restriction.when(), new Circumstance.Not(restriction.unless())));
                verdict = verdict.and(open(layer, license, restriction.clause(), Rule.NOT_RESTRICTED, unknown, use));
            }
        }
        return verdict;
    }

    private static Verdict outputUse(Subject.Layer layer, Use use) {
        var trains = trainsOnOutput(layer, use);
        var outputs = layer.terms().outputs();
        if (trains == Answer.NO
                || outputs.clause().confidence().decides()
                        && (outputs.rule() == Outputs.Rule.FREE
                                || outputs.rule() == Outputs.Rule.WITH_DUTIES
                                || outputs.rule() == Outputs.Rule.INHERITED)) {
            return Verdict.silent();
        }
        var license = layer.terms().id();
        if (trains == Answer.UNKNOWN) {
            return open(layer, license, outputs.clause(), Rule.OUTPUT_USE_ALLOWED, TRAINS_ON_OUTPUT, use);
        }
        if (outputs.rule() == Outputs.Rule.UNKNOWN) {
            return tooUncertain(
                    layer, license, outputs.clause(), Rule.OUTPUT_USE_ALLOWED, "purpose: training-on-output");
        }
        return refused(
                layer,
                license,
                outputs.clause(),
                Rule.OUTPUT_USE_ALLOWED,
                "purpose: training-on-output",
                "choose a model whose license lets its output train other models");
    }

    private static Answer trainsOnOutput(Subject.Layer layer, Use use) {
        return use.act() == Act.TRAIN_ON_OUTPUTS ? Answer.YES : Facts.answer(TRAINS_ON_OUTPUT, use, layer.traits());
    }

    private static Answer bears(Circumstance when, Circumstance unless, Use use, Traits traits) {
        var bears = Facts.answer(when, use, traits);
        return bears == Answer.NO || unless == Circumstance.NEVER
                ? bears
                : bears.and(Facts.answer(unless, use, traits).negated());
    }

    /** A prohibition, unless the clause is too uncertain to rest one on: then the question stays open. */
    private static Verdict refused(
            Subject.Layer layer, String license, Clause clause, Rule rule, String facts, String howToFix) {
        if (!clause.confidence().decides()) {
            return tooUncertain(layer, license, clause, rule, facts);
        }
        return new Prohibited(
                List.of(new Finding(rule, layer.model(), license, clause.id(), evidence(clause, facts), howToFix)));
    }

    private static Verdict tooUncertain(Subject.Layer layer, String license, Clause clause, Rule rule, String facts) {
        return new Undetermined(List.of(new Finding(
                rule,
                layer.model(),
                license,
                clause.id(),
                evidence(clause, facts) + "; the clause is recorded with too little confidence to decide",
                "read the license text and record the clause with its source")));
    }

    private static Verdict open(
            Subject.Layer layer, String license, Clause clause, Rule rule, Circumstance unknown, Use use) {
        var facts = Words.facts(unknown, use, layer.traits());
        return new Undetermined(List.of(new Finding(
                rule,
                layer.model(),
                license,
                clause.id(),
                evidence(clause, facts),
                Words.howToDeclare(unknown, use, layer.traits()))));
    }

    private static Verdict obligations(Subject.Layer layer, Use use) {
        var all = layer.terms().obligations();
        List<Obligation> owed = null;
        for (int i = 0; i < all.size(); i++) {
            var obligation = all.get(i);
            if (concerns(layer, obligation.on(), use)
                    && Facts.answer(obligation.when(), use, layer.traits()) != Answer.NO) {
                owed = owed == null ? new ArrayList<>(4) : owed;
                owed.add(obligation);
            }
        }
        return owed == null ? Verdict.silent() : new Permitted(owed);
    }

    /** What a model owes for having been trained on output, once it is made available to others. */
    private static Verdict dutiesOfStudent(Subject.Layer layer, Use use) {
        var offered = use.act() == Act.DISTRIBUTE
                || use.act() == Act.SERVE && use.operator().servesOthers() != Answer.NO;
        if (!offered) {
            return Verdict.silent();
        }
        return new Permitted(layer.terms().obligations().stream()
                .filter(obligation -> obligation.on() == Act.TRAIN_ON_OUTPUTS)
                .filter(obligation -> Facts.answer(obligation.when(), use, layer.traits()) != Answer.NO)
                .toList());
    }

    private static boolean concerns(Subject.Layer layer, Act on, Use use) {
        return on == use.act() || on == Act.TRAIN_ON_OUTPUTS && trainsOnOutput(layer, use) != Answer.NO;
    }

    private static String evidence(Clause clause, String facts) {
        return clause.text() + " (" + clause.section() + "); " + facts;
    }

    private static String fix(Terms terms, Condition condition) {
        if (condition.demand() instanceof Circumstance.FlowDownTermsPublished) {
            return "put the license's use restrictions into your terms of service, then set operator.flowDownTermsPublished to"
                    + " true";
        }
        if (condition.demand() instanceof Circumstance.Holds(var permission)) {
            return "get it from %s, then set '%s' in operator.permissions to true"
                    .formatted(terms.steward(), permission);
        }
        var ask = condition.effect() == Condition.Effect.ASK_STEWARD
                ? "ask " + terms.steward() + " for a license"
                : "the license gives no rights here: choose another model";
        var lift = permissions(condition.unless());
        return lift.isEmpty() ? ask : ask + "; if you hold it, declare " + lift + " in operator.permissions";
    }

    private static String lift(Circumstance unless) {
        var permissions = permissions(unless);
        return permissions.isEmpty()
                ? "choose a model whose license allows this use"
                : "choose a model whose license allows this use; if you hold it, declare " + permissions
                        + " in operator.permissions";
    }

    private static String permissions(Circumstance circumstance) {
        return switch (circumstance) {
            case Circumstance.Holds(var permission) -> "'" + permission + "'";
            case Circumstance.AnyOf(var parts) ->
                parts.stream()
                        .map(LicensePolicy::permissions)
                        .filter(text -> !text.isEmpty())
                        .collect(java.util.stream.Collectors.joining(" or "));
            default -> "";
        };
    }
}
