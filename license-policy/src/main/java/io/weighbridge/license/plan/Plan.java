package io.weighbridge.license.plan;

import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Obligation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a change would do to each tenant and model, for serving and with requests that say nothing about themselves, which is
 * how the gateway lists models. Only what differs is in it.
 *
 * @param about the change, for people
 * @param effects by tenant, then by model; at most {@link #EFFECTS_MAX}
 * @param counts how many effects of each kind there are, also beyond those listed
 * @param pairs how many pairs of tenant and model were compared
 */
public record Plan(String about, List<Effect> effects, Map<Kind, Integer> counts, long pairs) {
    /** Most effects that are listed; more are only counted. */
    public static final int EFFECTS_MAX = 10_000;

    /** Most pairs of tenant and model that are compared: some ten seconds of work. */
    public static final long PAIRS_MAX = 5_000_000;

    public Plan {
        effects = List.copyOf(effects);
        counts = java.util.Collections.unmodifiableMap(new EnumMap<>(counts));
    }

    /** What happens to one tenant's use of one model. */
    public enum Kind {
        /** It was permitted and is not any more. */
        LOST,
        /** It is permitted and was not before. */
        GAINED,
        /** It stays permitted, and something else is owed. */
        OWES_OTHERWISE,
        /** It was prohibited and becomes an open question. */
        OPENED,
        /** It was an open question and becomes prohibited. */
        CLOSED
    }

    /**
     * One difference.
     *
     * @param before null when the model was not there
     * @param after null when the model is not there any more
     * @param owedNow obligations that come with it
     * @param owedNoLonger obligations that go with it
     * @param replacements for a lost model, what the tenant may use in its place, the fittest first
     */
    public record Effect(
            String tenant,
            String model,
            Kind kind,
            @Nullable Verdict before,
            @Nullable Verdict after,
            List<Obligation> owedNow,
            List<Obligation> owedNoLonger,
            List<Replacement> replacements) {}

    /** Whether the change does anything. */
    public boolean isEmpty() {
        return pairs == 0 || counts.values().stream().allMatch(count -> count == 0);
    }

    /** How many effects are of this kind. */
    public int count(Kind kind) {
        return counts.getOrDefault(kind, 0);
    }

    /** Compares before and after. */
    public static Plan of(Situation before, Change change) {
        return new Builder(before, change.apply(before)).plan(change.about());
    }

    static void requireFew(long pairs) {
        if (pairs > PAIRS_MAX) {
            throw new IllegalArgumentException(
                    "%,d pairs of tenant and model, at most %,d are compared".formatted(pairs, PAIRS_MAX));
        }
    }

    private static final class Builder {
        private final Situation before;
        private final Situation after;
        private final Map<String, Subject> subjectsBefore;
        private final Map<String, Subject> subjectsAfter;
        private final List<Effect> effects = new ArrayList<>();
        private final EnumMap<Kind, Integer> counts = new EnumMap<>(Kind.class);

        Builder(Situation before, Situation after) {
            this.before = before;
            this.after = after;
            requireFew((long) after.tenants().size() * after.models().size());
            this.subjectsBefore = subjects(before);
            this.subjectsAfter = subjects(after);
        }

        Plan plan(String about) {
            before.tenants().keySet().forEach(this::compare);
            return new Plan(
                    about,
                    effects,
                    counts,
                    (long) after.tenants().size() * after.models().size());
        }

        private void compare(String tenant) {
            var useBefore = use(before, tenant);
            var useAfter = use(after, tenant);
            var verdicts = new LinkedHashMap<String, Verdict>();
            subjectsAfter.forEach((model, subject) -> verdicts.put(model, LicensePolicy.check(subject, useAfter)));
            for (var model : new TreeSet<>(subjectsAfter.keySet())) {
                var subject = subjectsBefore.get(model);
                var was = subject == null ? null : LicensePolicy.check(subject, useBefore);
                var is = java.util.Objects.requireNonNull(verdicts.get(model));
                var kind = kind(was, is);
                if (kind != null) {
                    counts.merge(kind, 1, Integer::sum);
                    if (effects.size() < EFFECTS_MAX) {
                        effects.add(effect(tenant, model, kind, was, is, verdicts));
                    }
                }
            }
        }

        private Effect effect(
                String tenant,
                String model,
                Kind kind,
                @Nullable Verdict was,
                Verdict is,
                Map<String, Verdict> verdicts) {
            var lost = after.find(model);
            return new Effect(
                    tenant,
                    model,
                    kind,
                    was,
                    is,
                    without(owed(is), owed(was)),
                    without(owed(was), owed(is)),
                    kind == Kind.LOST && lost != null ? Replacement.ranked(lost, after.models(), verdicts) : List.of());
        }

        private static Map<String, Subject> subjects(Situation situation) {
            var lineage = situation.lineage();
            var subjects = new LinkedHashMap<String, Subject>();
            for (var candidate : situation.models()) {
                subjects.put(candidate.model(), Subject.of(candidate.model(), lineage, situation.catalog()));
            }
            return subjects;
        }

        private static Use use(Situation situation, String tenant) {
            return new Use(
                    Act.SERVE,
                    situation.operator(),
                    situation.tenants().getOrDefault(tenant, Use.Tenant.UNKNOWN),
                    Use.Request.UNDECLARED);
        }
    }

    private static @Nullable Kind kind(@Nullable Verdict was, Verdict is) {
        return switch (is) {
            case Permitted(var owed) ->
                was instanceof Permitted(var owedBefore)
                        ? same(owed, owedBefore) ? null : Kind.OWES_OTHERWISE
                        : Kind.GAINED;
            case Verdict.Undetermined _ ->
                switch (was) {
                    case null -> null;
                    case Permitted _ -> Kind.LOST;
                    case Verdict.Undetermined _ -> null;
                    case Verdict.Prohibited _ -> Kind.OPENED;
                };
            case Verdict.Prohibited _ ->
                switch (was) {
                    case null -> null;
                    case Permitted _ -> Kind.LOST;
                    case Verdict.Undetermined _ -> Kind.CLOSED;
                    case Verdict.Prohibited _ -> null;
                };
        };
    }

    private static boolean same(List<Obligation> some, List<Obligation> others) {
        return without(some, others).isEmpty() && without(others, some).isEmpty();
    }

    private static List<Obligation> owed(@Nullable Verdict verdict) {
        return verdict instanceof Permitted(var obligations) ? obligations : List.of();
    }

    /** Obligations are the same when clause and value are: a better reading of the same duty is no new duty. */
    private static List<Obligation> without(List<Obligation> some, Collection<Obligation> others) {
        var rest = new TreeSet<>(some);
        rest.removeAll(new TreeSet<>(others));
        return List.copyOf(rest);
    }
}
