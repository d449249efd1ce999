package io.weighbridge.license.terms;

import java.util.Set;

/** When a clause bears on a use. Each case is a question to the facts, which may answer yes, no or unknown. */
public sealed interface Trigger {
    /** Bears on every use. */
    record Always() implements Trigger {}

    /** Bears on a commercial use. */
    record CommercialUse() implements Trigger {}

    /** Bears when the operator lets others use the model through its service. */
    record ServedToOthers() implements Trigger {}

    /** Bears on a use with one of these purposes. */
    record ForPurposes(Set<Purpose> purposes) implements Trigger {
        public ForPurposes {
            if (purposes.isEmpty() || purposes.contains(Purpose.UNRECOGNIZED)) {
                throw new IllegalArgumentException("a trigger needs recognized purposes: " + purposes);
            }
            purposes = Set.copyOf(purposes);
        }
    }

    /** Bears when this party sits in one of these countries (ISO 3166 codes of two letters). */
    record InCountries(Party party, Set<String> countries) implements Trigger {
        public InCountries {
            if (countries.isEmpty()) {
                throw new IllegalArgumentException("a trigger needs at least one country");
            }
            countries = Set.copyOf(countries);
        }
    }

    /** Whose country counts. */
    enum Party {
        OPERATOR,
        TENANT
    }
}
