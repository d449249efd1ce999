package io.weighbridge.gateway.routing;

import io.weighbridge.gateway.upstream.Replica;
import io.weighbridge.gateway.upstream.ReplicaPool;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Finds a replica for a model among those of the pool, on the status they last told. */
@ApplicationScoped
public class Router {
    private final ReplicaPool pool;
    private final EndpointPicker picker = new EndpointPicker(RandomGenerator.getDefault());

    Router(ReplicaPool pool) {
        this.pool = pool;
    }

    /** A ready replica that was not tried yet, or null. */
    public @Nullable Replica route(String model, Set<String> tried) {
        var candidates = pool.replicas().stream()
                .map(replica -> candidate(replica, model))
                .toList();
        var address = picker.pick(candidates, tried);
        return pool.replicas().stream()
                .filter(replica -> replica.address().equals(address))
                .findFirst()
                .orElse(null);
    }

    /** True when some replica can answer for this model now. */
    public boolean ready(String model) {
        return pool.replicas().stream().anyMatch(replica -> replica.ready(model));
    }

    /** Tokens of the model's context as a replica that has it reports them, or 0 when none does. */
    public int contextLength(String model) {
        return pool.replicas().stream()
                .map(replica -> replica.status(model))
                .mapToInt(status -> status == null ? 0 : status.getContextLength())
                .max()
                .orElse(0);
    }

    private static Candidate candidate(Replica replica, String model) {
        var status = replica.status(model);
        return status == null
                ? new Candidate(replica.address(), false, 0, 0)
                : new Candidate(
                        replica.address(),
                        replica.ready(model),
                        status.getSequencesRunning(),
                        status.getSequencesWaiting());
    }
}
