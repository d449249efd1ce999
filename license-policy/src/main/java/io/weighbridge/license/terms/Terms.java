package io.weighbridge.license.terms;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The machine-readable reading of one license.
 *
 * @param id SPDX id, or LicenseRef- and a name
 * @param aliases other ids of the same text
 * @param version counts up with each change of our reading
 * @param digest {@code sha256:} and hex of the YAML file, so that a decision can name exactly what it rested on
 * @param url where people read the license
 */
public record Terms(
        String id,
        Set<String> aliases,
        String name,
        int version,
        String digest,
        String url,
        List<Grant> grants,
        List<Condition> conditions,
        List<Obligation> obligations,
        List<Restriction> restrictions) {
    public Terms {
        aliases = Set.copyOf(aliases);
        grants = List.copyOf(grants);
        conditions = List.copyOf(conditions);
        obligations = List.copyOf(obligations);
        restrictions = List.copyOf(restrictions);
        if (version < 1) {
            throw new IllegalArgumentException("terms %s: version starts at 1, not %d".formatted(id, version));
        }
        var ids = new HashSet<String>();
        clauses(grants, conditions, obligations, restrictions).forEach(clause -> {
            if (!ids.add(clause.id())) {
                throw new IllegalArgumentException("terms %s: two clauses are called %s".formatted(id, clause.id()));
            }
        });
    }

    private static Stream<Clause> clauses(
            List<Grant> grants,
            List<Condition> conditions,
            List<Obligation> obligations,
            List<Restriction> restrictions) {
        return Stream.of(
                        grants.stream().map(Grant::clause),
                        conditions.stream().map(Condition::clause),
                        obligations.stream().map(Obligation::clause),
                        restrictions.stream().map(Restriction::clause))
                .flatMap(stream -> stream);
    }
}
