package io.weighbridge.license.plan;

import io.weighbridge.license.policy.FactsPatchJson;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.UsePolicy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Something that may come about. Reading: {@link ChangeJson}. Immutable.
 *
 * @param about what it is, for people; may be empty
 * @param operator facts of the operator that change
 * @param tenants facts that change, by tenant; {@link #EVERY_TENANT} stands for all, and a tenant's own come after it
 * @param terms readings that take the place of those with the same id, or are added
 * @param policies use policies that take the place of those with the same id, in all terms that refer to them
 * @param conclusions licenses that a reviewer would conclude
 * @param origins ancestors that are added, by model
 * @param models models that are added, or that take the place of those with the same id
 */
public record Change(
        String about,
        @Nullable FactsPatchJson operator,
        Map<String, FactsPatchJson> tenants,
        List<Terms> terms,
        List<UsePolicy> policies,
        List<Conclusion> conclusions,
        Map<String, List<Lineage.Origin>> origins,
        List<Lineage.Node> models) {
    /** The name that stands for all tenants. */
    public static final String EVERY_TENANT = "*";

    /** Nothing changes. */
    public static final Change NONE =
            new Change("", null, Map.of(), List.of(), List.of(), List.of(), Map.of(), List.of());

    public Change {
        tenants = Map.copyOf(tenants);
        terms = List.copyOf(terms);
        policies = List.copyOf(policies);
        conclusions = List.copyOf(conclusions);
        origins = Map.copyOf(origins);
        models = List.copyOf(models);
    }

    /**
     * A conclusion about a model's license.
     *
     * @param license null withdraws the conclusion there is
     */
    public record Conclusion(String model, @Nullable String license) {}

    /**
     * What would be, were it to come about.
     *
     * @throws IllegalArgumentException when it does not fit: it names a tenant or a model that there is not, contradicts other
     *     facts, or makes a model its own ancestor
     */
    public Situation apply(Situation before) {
        tenants.keySet().stream()
                .filter(name -> !name.equals(EVERY_TENANT) && !before.tenants().containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new IllegalArgumentException("no tenant '%s'; known: %s"
                            .formatted(name, String.join(", ", before.tenants().keySet())));
                });
        var changed = new TreeMap<String, Use.Tenant>();
        before.tenants().forEach((name, tenant) -> changed.put(name, apply(name, tenant)));
        var after = new Situation(apply(before.operator()), changed, apply(before.models()), apply(before.catalog()));
        // Circles are found here and not in the middle of a plan.
        after.lineage();
        return after;
    }

    /** The operator's facts, changed. */
    Use.Operator apply(Use.Operator facts) {
        return operator == null ? facts : operator.apply(facts);
    }

    /** The facts of the tenant of this name, changed. */
    Use.Tenant apply(String name, Use.Tenant facts) {
        var every = tenants.get(EVERY_TENANT);
        var own = tenants.get(name);
        var changed = every == null ? facts : every.apply(facts);
        return own == null ? changed : own.apply(changed);
    }

    private TermsCatalog apply(TermsCatalog catalog) {
        var changed = catalog;
        for (var policy : policies) {
            var referring = changed.all().stream()
                    .filter(some ->
                            some.policies().stream().anyMatch(old -> old.id().equals(policy.id())))
                    .toList();
            if (referring.isEmpty()) {
                throw new IllegalArgumentException("no terms refer to the use policy '%s'".formatted(policy.id()));
            }
            for (var some : referring) {
                changed = changed.with(withPolicy(some, policy), digest(changed.digest(), policy.digest()));
            }
        }
        for (var some : terms) {
            changed = changed.with(some, digest(changed.digest(), some.digest()));
        }
        return changed;
    }

    private List<Candidate> apply(List<Candidate> before) {
        var byId = new LinkedHashMap<String, Candidate>();
        before.forEach(candidate -> byId.put(candidate.model(), candidate));
        for (var node : models) {
            var known = byId.get(node.model());
            byId.put(node.model(), known == null ? Candidate.of(node) : known.with(node));
        }
        for (var conclusion : conclusions) {
            replace(byId, conclusion.model(), node -> concluded(node, conclusion.license()));
        }
        origins.forEach((model, added) -> replace(byId, model, node -> madeFrom(node, added)));
        return List.copyOf(byId.values());
    }

    private static void replace(Map<String, Candidate> byId, String model, UnaryOperator<Lineage.Node> changed) {
        var candidate = byId.get(model);
        if (candidate == null) {
            throw new IllegalArgumentException("no model '%s' in the catalog".formatted(model));
        }
        byId.put(model, candidate.with(changed.apply(candidate.node())));
    }

    private static Lineage.Node concluded(Lineage.Node node, @Nullable String license) {
        var claim = node.claim();
        var changed =
                new LicenseClaim(claim.declared(), claim.detected(), license, license == null && claim.conflict());
        return new Lineage.Node(node.model(), node.traits(), changed, node.origins());
    }

    private static Lineage.Node madeFrom(Lineage.Node node, List<Lineage.Origin> added) {
        var origins = new ArrayList<>(node.origins());
        added.stream().filter(origin -> !origins.contains(origin)).forEach(origins::add);
        return new Lineage.Node(node.model(), node.traits(), node.claim(), origins);
    }

    private static Terms withPolicy(Terms old, UsePolicy policy) {
        return new Terms(
                old.key(),
                old.id(),
                old.aliases(),
                old.name(),
                old.version(),
                old.digest(),
                old.url(),
                old.steward(),
                old.licenseClass(),
                old.summary(),
                old.grants(),
                old.conditions(),
                old.obligations(),
                old.restrictions(),
                old.outputs(),
                old.naming(),
                old.policies().stream()
                        .map(some -> some.id().equals(policy.id()) ? policy : some)
                        .toList());
    }

    private static String digest(String before, String added) {
        try {
            var text = (before + "\n" + added + "\n").getBytes(StandardCharsets.UTF_8);
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
