package io.weighbridge.license.terms;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The machine-readable reading of one license.
 *
 * @param key short name for people and command lines, such as {@code llama3.1}
 * @param id SPDX id, or LicenseRef- and a name
 * @param aliases other ids of the same text
 * @param version counts up with each change of our reading
 * @param digest {@code sha256:} and hex of the YAML file, so that a decision can name exactly what it rested on
 * @param url where people read the license
 * @param steward who can give other permissions
 * @param summary one or two sentences for people
 * @param outputs what holds for training another model on output
 * @param policies acceptable-use policies that the license refers to, each binding like the license itself
 */
public record Terms(
        String key,
        String id,
        Set<String> aliases,
        String name,
        int version,
        String digest,
        String url,
        String steward,
        LicenseClass licenseClass,
        String summary,
        List<Grant> grants,
        List<Condition> conditions,
        List<Obligation> obligations,
        List<Restriction> restrictions,
        Outputs outputs,
        List<Naming> naming,
        List<UsePolicy> policies) {
    public Terms {
        aliases = Set.copyOf(aliases);
        grants = List.copyOf(grants);
        conditions = List.copyOf(conditions);
        obligations = obligations.stream().sorted().toList();
        restrictions = List.copyOf(restrictions);
        naming = List.copyOf(naming);
        policies = List.copyOf(policies);
        if (version < 1) {
            throw new IllegalArgumentException("terms %s: version starts at 1, not %d".formatted(id, version));
        }
        var ids = new HashSet<String>();
        clauses(grants, conditions, obligations, restrictions, outputs, naming).forEach(clause -> {
            if (!ids.add(clause.id())) {
                throw new IllegalArgumentException("terms %s: two clauses are called %s".formatted(id, clause.id()));
            }
        });
    }

    /** All clauses, those of the policies not among them. */
    public List<Clause> clauses() {
        return clauses(grants, conditions, obligations, restrictions, outputs, naming)
                .toList();
    }

    /** The clause with this id here or in a policy, or null. */
    public @Nullable Clause clause(String clauseId) {
        return Stream.concat(
                        clauses().stream(),
                        policies.stream()
                                .flatMap(policy -> policy.restrictions().stream())
                                .map(Restriction::clause))
                .filter(clause -> Objects.equals(clause.id(), clauseId))
                .findFirst()
                .orElse(null);
    }

    private static Stream<Clause> clauses(
            List<Grant> grants,
            List<Condition> conditions,
            List<Obligation> obligations,
            List<Restriction> restrictions,
            Outputs outputs,
            List<Naming> naming) {
        return Stream.of(
                        grants.stream().map(Grant::clause),
                        conditions.stream().map(Condition::clause),
                        obligations.stream().map(Obligation::clause),
                        restrictions.stream().map(Restriction::clause),
                        Stream.of(outputs.clause()),
                        naming.stream().map(Naming::clause))
                .flatMap(stream -> stream);
    }
}
