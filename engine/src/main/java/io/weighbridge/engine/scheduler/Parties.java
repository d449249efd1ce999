package io.weighbridge.engine.scheduler;

import java.util.stream.Stream;

/**
 * Who may be computed together: all sequences that are not kept apart are one party, those kept apart one for each label. Not thread-safe.
 */
final class Parties {
    /** The party of all that are not kept apart. */
    private static final String EVERYBODY = "";

    private String party = EVERYBODY; // of the step made last
    private String partyApart = EVERYBODY; // the last one that was kept apart

    /** The next step is for one of those that {@code able} to run are of: everybody has every other one at least, those kept apart take turns in the others. */
    void next(Stream<Sequence> able) {
        var parties = able.map(Parties::of).distinct().toList();
        var apart = parties.stream().filter(name -> !name.equals(EVERYBODY)).toList();
        if (apart.isEmpty() || !party.equals(EVERYBODY) && parties.size() > apart.size()) {
            party = EVERYBODY;
            return;
        }
        partyApart = apart.get((apart.indexOf(partyApart) + 1) % apart.size());
        party = partyApart;
    }

    /** Whether the sequence may be in the step. */
    boolean mayRun(Sequence sequence) {
        return of(sequence).equals(party);
    }

    private static String of(Sequence sequence) {
        return sequence.isApart() ? sequence.label() : EVERYBODY;
    }
}
