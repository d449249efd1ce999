package io.weighbridge.registry.rest;

import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Restriction;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.UsePolicy;
import java.util.List;
import java.util.Locale;

/** The JSON forms of verdicts and of terms. */
final class DecisionViews {
    private DecisionViews() {}

    record VerdictView(String verdict, List<FindingView> findings, List<ObligationView> obligations) {}

    record FindingView(String rule, String model, String license, String clause, String evidence, String howToFix) {}

    record ObligationView(String clause, String section, String text, String on, String channel, String value) {}

    record TermsSummary(
            String id,
            String key,
            List<String> aliases,
            String name,
            int version,
            String digest,
            String url,
            String steward,
            String licenseClass,
            String summary) {}

    /**
     * Terms for people.
     *
     * @param clauses by kind and axis, each with its section and how sure we are of it
     */
    record TermsView(TermsSummary license, List<ClauseView> clauses, OutputsView outputs, List<PolicyView> policies) {}

    /**
     * A clause.
     *
     * @param kind grant, condition, obligation, restriction, outputs or naming
     * @param axis what it is about
     * @param decides whether a verdict may rest on it
     */
    record ClauseView(
            String id,
            String kind,
            String axis,
            String section,
            String text,
            String confidence,
            String provenance,
            boolean decides) {}

    record OutputsView(String rule, ClauseView clause) {}

    record PolicyView(
            String id,
            String name,
            int version,
            String digest,
            String url,
            boolean mutable,
            List<ClauseView> clauses) {}

    static VerdictView of(Verdict verdict) {
        return new VerdictView(
                verdict.word(),
                verdict.findings().stream().map(DecisionViews::of).toList(),
                verdict instanceof Verdict.Permitted(var obligations)
                        ? obligations.stream().map(DecisionViews::of).toList()
                        : List.of());
    }

    static FindingView of(Finding finding) {
        return new FindingView(
                word(finding.rule()),
                finding.model(),
                finding.license(),
                finding.clause(),
                finding.evidence(),
                finding.howToFix());
    }

    static ObligationView of(Obligation obligation) {
        var clause = obligation.clause();
        return new ObligationView(
                clause.id(),
                clause.section(),
                clause.text(),
                word(obligation.on()),
                word(obligation.channel()),
                obligation.value());
    }

    static TermsSummary summary(Terms terms) {
        return new TermsSummary(
                terms.id(),
                terms.key(),
                terms.aliases().stream().sorted().toList(),
                terms.name(),
                terms.version(),
                terms.digest(),
                terms.url(),
                terms.steward(),
                word(terms.licenseClass()),
                terms.summary());
    }

    static TermsView whole(Terms terms) {
        var clauses = new java.util.ArrayList<ClauseView>();
        terms.grants().forEach(grant -> clauses.add(clause(grant.clause(), "grant", word(grant.act()))));
        terms.conditions()
                .forEach(condition -> clauses.add(clause(condition.clause(), "condition", word(condition.axis()))));
        terms.obligations().forEach(owed -> clauses.add(clause(owed.clause(), "obligation", word(owed.channel()))));
        terms.restrictions().forEach(restriction -> clauses.add(of(restriction)));
        terms.naming().forEach(naming -> clauses.add(clause(naming.clause(), "naming", "attribution")));
        return new TermsView(
                summary(terms),
                clauses,
                new OutputsView(
                        word(terms.outputs().rule()), clause(terms.outputs().clause(), "outputs", "output-use")),
                terms.policies().stream().map(DecisionViews::of).toList());
    }

    private static PolicyView of(UsePolicy policy) {
        return new PolicyView(
                policy.id(),
                policy.name(),
                policy.version(),
                policy.digest(),
                policy.url(),
                policy.mutable(),
                policy.restrictions().stream().map(DecisionViews::of).toList());
    }

    private static ClauseView of(Restriction restriction) {
        return clause(restriction.clause(), "restriction", word(restriction.axis()));
    }

    private static ClauseView clause(Clause clause, String kind, String axis) {
        return new ClauseView(
                clause.id(),
                kind,
                axis,
                clause.section(),
                clause.text(),
                word(clause.confidence()),
                word(clause.provenance()),
                clause.confidence().decides());
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
