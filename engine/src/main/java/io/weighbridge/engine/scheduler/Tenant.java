package io.weighbridge.engine.scheduler;

import java.util.TreeSet;

/** A tenant's waiting sequences and what it has been given so far. Not thread-safe. */
final class Tenant {
    /** A prompt token's cost to the tenant, and a generated one's: it takes a pass over the weights, though shared. */
    static final int PROMPT_TOKEN_COST = 1;

    static final int GENERATED_TOKEN_COST = 2;

    final TreeSet<Sequence> waiting = new TreeSet<>(Sequence.BY_RANK);
    private final String name;
    private double served; // tokens by weight, from the same start for all tenants
    private int runningCount;

    Tenant(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    double served() {
        return served;
    }

    void charge(double tokens, int weight) {
        served += tokens / weight;
    }

    /** A tenant that comes back gets no credit for the time it was away. */
    void lift(double least) {
        served = Math.max(served, least);
    }

    int runningCount() {
        return runningCount;
    }

    void started() {
        runningCount++;
    }

    void stopped() {
        runningCount--;
    }

    /** Sequences that wait, those among them that begin after another one. */
    int waitingCount() {
        return waiting.stream().mapToInt(Sequence::choiceCount).sum();
    }

    boolean isActive() {
        return runningCount > 0 || !waiting.isEmpty();
    }
}
