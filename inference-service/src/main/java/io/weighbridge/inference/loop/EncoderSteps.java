package io.weighbridge.inference.loop;

import io.weighbridge.engine.encoder.EncoderInput;
import io.weighbridge.engine.encoder.EncoderRunner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;

/**
 * What an encoder computes in one step: inputs of several requests. Each tenant first gets its share of the step's tokens by its weight,
 * the same for each of its requests; what is left goes to the most urgent, then to whoever came first. So a request of one text does not wait for one of thousands. Used by one thread.
 */
final class EncoderSteps {
    /**
     * Tokens of one step, unless a single input has more. Enough for matrix products at full speed; small enough that cancellations and
     * new requests are looked at several times a second with small models.
     */
    static final int TOKENS_MAX = 1_024;

    private record Item(EncoderJob job, int place) {}

    private final List<Item> items = new ArrayList<>();
    private int tokens;

    private final boolean apart;

    private EncoderSteps(boolean apart) {
        this.apart = apart;
    }

    /**
     * Takes inputs of {@code jobs}, of which there is at least one with inputs left. One that is to be computed apart has a step for
     * itself; such steps take turns with all others.
     *
     * @param afterApart whether the step before was one apart
     */
    static EncoderSteps of(List<EncoderJob> jobs, boolean afterApart) {
        var alone = jobs.stream().filter(job -> job.flight().apart()).findFirst();
        if (alone.isPresent()
                && !(afterApart && jobs.stream().anyMatch(job -> !job.flight().apart()))) {
            return of(List.of(alone.get()), new EncoderSteps(true));
        }
        return of(jobs.stream().filter(job -> !job.flight().apart()).toList(), new EncoderSteps(false));
    }

    private static EncoderSteps of(List<EncoderJob> jobs, EncoderSteps step) {
        var ordered = jobs.stream()
                .filter(job -> !job.isWhole())
                .sorted(Comparator.comparingInt(
                                (EncoderJob job) -> -job.standing().priority())
                        .thenComparingLong(EncoderJob::bornNanos))
                .toList();
        var weights = new HashMap<String, Integer>();
        ordered.forEach(
                job -> weights.put(job.standing().tenant(), job.standing().weight()));
        long all = weights.values().stream().mapToLong(Integer::longValue).sum();
        weights.forEach((tenant, weight) -> {
            var own = ordered.stream()
                    .filter(job -> job.standing().tenant().equals(tenant))
                    .toList();
            int each = (int) (TOKENS_MAX * (long) weight / all / own.size());
            own.forEach(job -> step.fill(job, each));
        });
        for (var job : ordered) {
            step.fill(job, TOKENS_MAX - step.tokens);
        }
        if (step.items.isEmpty()) {
            step.add(ordered.getFirst());
        }
        return step;
    }

    int tokens() {
        return tokens;
    }

    /** Whether it is of one request that nothing may be computed beside. */
    boolean isApart() {
        return apart;
    }

    /** Those whom it is for. */
    List<String> digests() {
        return items.stream()
                .map(item -> item.job().flight().digest())
                .distinct()
                .toList();
    }

    /** Computes everything and gives each request its vectors. */
    void run(EncoderRunner runner) {
        for (var kind : EncoderJob.Kind.values()) {
            var own = items.stream().filter(item -> item.job().kind() == kind).toList();
            if (own.isEmpty()) {
                continue;
            }
            var inputs =
                    own.stream().map(item -> item.job().input(item.place())).toList();
            var vectors = switch (kind) {
                case EMBED ->
                    runner.embed(inputs.stream().map(EncoderInput::tokenIds).toList());
                case CLASSIFY -> runner.classify(inputs);
            };
            for (int i = 0; i < own.size(); i++) {
                own.get(i).job().put(own.get(i).place(), vectors.get(i));
            }
        }
    }

    /** Takes inputs as long as they fit into {@code room} tokens. */
    private void fill(EncoderJob job, int room) {
        int left = room;
        while (job.nextLength() <= left) {
            left -= job.nextLength();
            add(job);
        }
    }

    private void add(EncoderJob job) {
        int place = job.take();
        items.add(new Item(job, place));
        tokens += job.input(place).length();
    }
}
