package io.weighbridge.gateway.routing;

import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.upstream.Replica;
import io.weighbridge.v1.Task;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds a replica for an admitted model, on the status that the replicas last told. Safe for any thread. */
public final class Router {
    private final List<? extends Replica> replicas;
    private final EndpointPicker picker;

    public Router(List<? extends Replica> replicas, RandomGenerator random) {
        this.replicas = List.copyOf(replicas);
        this.picker = new EndpointPicker(random);
    }

    /** A ready replica that was not tried yet, or null. Takes the decision and not a name: nothing is routed without one. */
    public @Nullable Replica route(Admission admission, Set<String> tried) {
        var model = admission.model().id();
        var candidates =
                replicas.stream().map(replica -> candidate(replica, model)).toList();
        var address = picker.pick(candidates, tried);
        return replicas.stream()
                .filter(replica -> replica.address().equals(address))
                .findFirst()
                .orElse(null);
    }

    /** True when some replica that was not tried yet can answer for this model now. */
    public boolean ready(String model, Set<String> tried) {
        for (var replica : replicas) {
            if (replica.ready(model) && !tried.contains(replica.address())) {
                return true;
            }
        }
        return false;
    }

    /** The addresses of all replicas but this one. */
    Set<String> others(String address) {
        return replicas.stream()
                .map(Replica::address)
                .filter(other -> !other.equals(address))
                .collect(Collectors.toSet());
    }

    /** True when some replica can answer for this model now. */
    public boolean ready(String model) {
        return replicas.stream().anyMatch(replica -> replica.ready(model));
    }

    /** Tokens of the model's context as a replica that has it reports them, or 0 when none does. */
    public int contextLength(String model) {
        return replicas.stream()
                .map(replica -> replica.status(model))
                .mapToInt(status -> status == null ? 0 : status.getContextLength())
                .max()
                .orElse(0);
    }

    /** What the model can be asked for, as the replicas that have it report; empty when none does. */
    public Set<Task> tasks(String model) {
        var tasks = EnumSet.noneOf(Task.class);
        for (var replica : replicas) {
            var status = replica.status(model);
            if (status != null) {
                tasks.addAll(status.getTasksList());
            }
        }
        return tasks;
    }

    /** Whether the model can be asked for {@code task}, as far as is known. */
    public boolean can(String model, Task task) {
        var tasks = tasks(model);
        return tasks.isEmpty() || tasks.contains(task);
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
