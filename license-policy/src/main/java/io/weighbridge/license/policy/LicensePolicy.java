package io.weighbridge.license.policy;

import io.weighbridge.license.policy.Finding.Rule;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.policy.Verdict.Undetermined;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Condition;
import io.weighbridge.license.terms.Condition.Demand;
import io.weighbridge.license.terms.Grant;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Restriction;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decides whether a use is within a license. Pure: the same terms and facts give the same verdict, at any time. */
public final class LicensePolicy {
    private LicensePolicy() {}

    /** The verdict on {@code use} of a checkpoint whose license is claimed to be {@code claim}. */
    public static Verdict check(LicenseClaim claim, TermsCatalog catalog, Use use) {
        if (claim.conflict()) {
            return new Undetermined(List.of(new Finding(
                    Rule.LICENSE_CONSISTENT,
                    claim.shown(),
                    "license conflict",
                    "the publisher declares %s, the files say %s".formatted(claim.declared(), claim.detected()),
                    "have a reviewer conclude the license in the registry")));
        }
        var concluded = claim.concluded();
        if (concluded == null) {
            return new Undetermined(List.of(new Finding(
                    Rule.LICENSE_KNOWN,
                    claim.declared(),
                    "no concluded license",
                    "the publisher declares %s and nobody has concluded a license".formatted(claim.declared()),
                    "have a reviewer conclude the license in the registry")));
        }
        var terms = catalog.find(concluded);
        if (terms == null) {
            return new Undetermined(List.of(new Finding(
                    Rule.LICENSE_KNOWN,
                    concluded,
                    "no terms",
                    "the terms of %s have not been recorded".formatted(concluded),
                    "add a terms file for this license")));
        }
        return check(terms, use);
    }

    /** The verdict on {@code use} under {@code terms}: all its grants, conditions and restrictions combined. */
    public static Verdict check(Terms terms, Use use) {
        var verdict = declaredUse(terms, use).and(granted(terms, use));
        for (var condition : terms.conditions()) {
            verdict = verdict.and(conditionMet(terms, condition, use));
        }
        for (var restriction : terms.restrictions()) {
            verdict = verdict.and(notRestricted(terms, restriction, use));
        }
        return verdict.and(obligations(terms, use));
    }

    private static Verdict declaredUse(Terms terms, Use use) {
        var declared = use.tenant().purposes();
        var requested = use.request().purposes();
        if (declared == null || requested == null || declared.containsAll(requested)) {
            return Verdict.silent();
        }
        return new Undetermined(List.of(new Finding(
                Rule.WITHIN_DECLARED_USE,
                terms.id(),
                "declared use",
                "the request is for %s, its key is declared for %s".formatted(codes(requested), codes(declared)),
                "name a purpose of the key, or add the purpose to the key's profile")));
    }

    private static Verdict granted(Terms terms, Use use) {
        var act = use.act();
        var grants = terms.grants().stream().filter(grant -> grant.act() == act).toList();
        if (grants.stream()
                .map(Grant::clause)
                .anyMatch(clause -> clause.confidence().decides())) {
            return Verdict.silent();
        }
        var evidence = grants.isEmpty()
                ? "the recorded terms do not say that one may %s"
                : "the recorded clause that one may %s is not certain enough to rely on";
        return new Undetermined(List.of(new Finding(
                Rule.ACT_GRANTED,
                terms.id(),
                grants.isEmpty() ? "no grant" : grants.getFirst().clause().id(),
                evidence.formatted(act.name().toLowerCase(java.util.Locale.ROOT)),
                "read the license text and record the grant in its terms")));
    }

    private static Verdict conditionMet(Terms terms, Condition condition, Use use) {
        var clause = condition.clause();
        var meets = switch (Facts.answer(condition.when(), use)) {
            case NO -> Answer.YES;
            case YES -> Facts.meets(condition.demand(), use);
            case UNKNOWN -> Facts.meets(condition.demand(), use) == Answer.YES ? Answer.YES : Answer.UNKNOWN;
        };
        return switch (meets) {
            case YES -> Verdict.silent();
            case NO -> refused(terms, clause, Rule.CONDITION_MET, describe(condition.demand(), use), fix(condition));
            case UNKNOWN -> open(terms, clause, Rule.CONDITION_MET, describe(condition.demand(), use), fix(condition));
        };
    }

    private static Verdict notRestricted(Terms terms, Restriction restriction, Use use) {
        var clause = restriction.clause();
        var facts = Facts.describe(restriction.when(), use);
        return switch (Facts.answer(restriction.when(), use)) {
            case NO -> Verdict.silent();
            case YES ->
                refused(terms, clause, Rule.NOT_RESTRICTED, facts, "choose a model whose license allows this use");
            case UNKNOWN -> open(terms, clause, Rule.NOT_RESTRICTED, facts, Facts.howToDeclare(restriction.when()));
        };
    }

    /** A prohibition, unless the clause is too uncertain to rest one on: then the question stays open. */
    private static Verdict refused(Terms terms, Clause clause, Rule rule, String facts, String howToFix) {
        var evidence = evidence(clause, facts);
        if (clause.confidence().decides()) {
            return new Prohibited(List.of(new Finding(rule, terms.id(), clause.id(), evidence, howToFix)));
        }
        return new Undetermined(List.of(new Finding(
                rule,
                terms.id(),
                clause.id(),
                evidence + "; the clause is recorded with too little confidence to decide",
                "read the license text and record the clause with its source")));
    }

    private static Verdict open(Terms terms, Clause clause, Rule rule, String facts, String howToFix) {
        return new Undetermined(List.of(new Finding(rule, terms.id(), clause.id(), evidence(clause, facts), howToFix)));
    }

    private static Verdict obligations(Terms terms, Use use) {
        return new Permitted(terms.obligations().stream()
                .filter(obligation -> obligation.on() == use.act())
                .filter(obligation -> Facts.answer(obligation.when(), use) != Answer.NO)
                .toList());
    }

    private static String evidence(Clause clause, String facts) {
        return "%s (%s); %s".formatted(clause.text(), clause.section(), facts);
    }

    private static String describe(Demand demand, Use use) {
        return switch (demand) {
            case Demand.AtMost(var metric, var most) ->
                "%s: %s, at most %d".formatted(Facts.code(metric), shown(Facts.value(metric, use)), most);
            case Demand.FlowDownTermsPublished() ->
                "the operator has published such terms: "
                        + Facts.code(use.operator().flowDownTermsPublished());
        };
    }

    private static String fix(Condition condition) {
        return switch (condition.demand()) {
            case Demand.AtMost limit ->
                "declare %s in the operator profile; above the limit, ask the licensor for a license"
                        .formatted(Facts.code(limit.metric()));
            case Demand.FlowDownTermsPublished() ->
                "put the license's use restrictions into your terms of service, then set flowDownTermsPublished in the"
                        + " operator profile";
        };
    }

    private static String shown(@Nullable Long value) {
        return value == null ? "not declared" : value.toString();
    }

    static String codes(Set<Purpose> purposes) {
        return purposes.stream().map(Purpose::code).sorted().collect(Collectors.joining(", "));
    }
}
