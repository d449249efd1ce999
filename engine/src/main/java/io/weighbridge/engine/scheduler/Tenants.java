package io.weighbridge.engine.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All tenants with sequences, and those of late whose account must not be forgotten: virtual token counters. The tenant that
 * has been given least by its weight is served next. Not thread-safe.
 */
final class Tenants {
    /** Tenants without sequences that are remembered; the ones that were given least are forgotten first, as it gains them least. */
    static final int REMEMBERED_MAX = 1000;

    private final Map<String, Tenant> tenants = new HashMap<>();
    private int waitingCount;

    /** The tenant, from now on among those served. */
    Tenant active(String name) {
        var tenant = tenants.computeIfAbsent(name, Tenant::new);
        if (!tenant.isActive()) {
            tenant.lift(leastServed());
        }
        return tenant;
    }

    void enqueue(Sequence sequence) {
        sequence.tenant().waiting.add(sequence);
        waitingCount += sequence.choiceCount();
    }

    void dequeue(Sequence sequence) {
        if (!sequence.tenant().waiting.remove(sequence)) {
            throw new IllegalStateException("the sequence does not wait");
        }
        waitingCount -= sequence.choiceCount();
    }

    int waitingCount() {
        return waitingCount;
    }

    int activeCount() {
        return (int) tenants.values().stream().filter(Tenant::isActive).count();
    }

    int rememberedCount() {
        return tenants.size();
    }

    /** All that wait, in no order. */
    List<Sequence> waiting() {
        var all = new ArrayList<Sequence>(waitingCount);
        tenants.values().forEach(tenant -> all.addAll(tenant.waiting));
        return all;
    }

    /**
     * Those that will probably start before {@code newcomer}: of its own tenant all that rank before it, of each other tenant as many
     * as come in turn until then, by its weight.
     */
    List<Sequence> ahead(Sequence newcomer) {
        var own = newcomer.tenant();
        var ahead = new ArrayList<>(own.waiting.headSet(newcomer));
        int turns = ahead.size() + 1;
        for (var tenant : tenants.values()) {
            if (tenant != own && !tenant.waiting.isEmpty()) {
                double weight = tenant.waiting.first().standing().weight();
                long theirs =
                        (long) Math.ceil(turns * weight / newcomer.standing().weight());
                tenant.waiting.stream().limit(theirs).forEach(ahead::add);
            }
        }
        return ahead;
    }

    /** Of the tenants with waiting sequences the one that was given least. */
    @Nullable
    Tenant nextWaiting() {
        return tenants.values().stream()
                .filter(tenant -> !tenant.waiting.isEmpty())
                .min(BY_SERVED)
                .orElse(null);
    }

    /** Of the tenants with running sequences the one that was given most. */
    @Nullable
    Tenant mostServedRunning() {
        return tenants.values().stream()
                .filter(tenant -> tenant.runningCount() > 0)
                .max(BY_SERVED)
                .orElse(null);
    }

    /** Forgets those whom it gains nothing. */
    void tidy() {
        double least = leastServed();
        tenants.values().removeIf(tenant -> !tenant.isActive() && tenant.served() <= least);
        int surplus = tenants.size() - activeCount() - REMEMBERED_MAX;
        if (surplus > 0) {
            var idle = tenants.values().stream()
                    .filter(tenant -> !tenant.isActive())
                    .sorted(BY_SERVED)
                    .limit(surplus)
                    .toList();
            idle.forEach(tenant -> tenants.remove(tenant.name()));
        }
        if (activeCount() == 0) {
            tenants.clear();
        }
    }

    private double leastServed() {
        return tenants.values().stream()
                .filter(Tenant::isActive)
                .mapToDouble(Tenant::served)
                .min()
                .orElse(0);
    }

    /** Ties by name, so that the same happens every time. */
    private static final Comparator<Tenant> BY_SERVED =
            Comparator.comparingDouble(Tenant::served).thenComparing(Tenant::name);
}
