package io.weighbridge.gateway.routing;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Chooses the replica for a request: filter, score, pick. Pure apart from the randomness it is given. */
public final class EndpointPicker {
    private final RandomGenerator random;

    public EndpointPicker(RandomGenerator random) {
        this.random = random;
    }

    /** The address to send to, or null when no candidate that was not tried is ready. */
    public @Nullable String pick(Collection<Candidate> candidates, Set<String> tried) {
        var able = filter(candidates, tried);
        var best = able.stream().mapToInt(EndpointPicker::load).min();
        if (best.isEmpty()) {
            return null;
        }
        // Among equals at random: several gateways must not all choose the first.
        var equals = able.stream()
                .filter(candidate -> load(candidate) == best.getAsInt())
                .toList();
        return equals.get(random.nextInt(equals.size())).address();
    }

    private static List<Candidate> filter(Collection<Candidate> candidates, Set<String> tried) {
        return candidates.stream()
                .filter(Candidate::ready)
                .filter(candidate -> !tried.contains(candidate.address()))
                .toList();
    }

    /** Lower is better. */
    private static int load(Candidate candidate) {
        return candidate.sequencesWaiting() + candidate.sequencesRunning();
    }
}
