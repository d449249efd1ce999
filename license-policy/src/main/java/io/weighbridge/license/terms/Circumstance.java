package io.weighbridge.license.terms;

import java.util.List;
import java.util.Set;

/**
 * Something that is so, is not so, or is not known about a use. Terms say with these when a clause bears and what it demands.
 * Combinations follow Kleene's logic: what is unknown stays unknown unless the other side settles it.
 */
public sealed interface Circumstance {
    /** Every use. */
    record Always() implements Circumstance {}

    /** A commercial use. */
    record CommercialUse() implements Circumstance {}

    /** The operator lets people outside its own organization use the model through its service. */
    record ServedToOthers() implements Circumstance {}

    /** Letting others use models is the operator's business ("Model as a Service"). */
    record ModelService() implements Circumstance {}

    /** The operator is a qualified non-profit organization. */
    record Nonprofit() implements Circumstance {}

    /** The model takes more than text. */
    record MultimodalModel() implements Circumstance {}

    /**
     * The model in use is another one, made from the one that the terms come with. Only duties may depend on it: were a limit
     * lifted by it, one more ancestor could widen rights.
     */
    record DerivedModel() implements Circumstance {}

    /** The operator has put the licenses' use restrictions into its own terms of service. */
    record FlowDownTermsPublished() implements Circumstance {}

    /** The operator holds this separate permission, such as a commercial license of the steward. */
    record Holds(String permission) implements Circumstance {}

    /** A use with one of these purposes. */
    record ForPurposes(Set<Purpose> purposes) implements Circumstance {
        public ForPurposes {
            if (purposes.isEmpty() || purposes.contains(Purpose.UNRECOGNIZED)) {
                throw new IllegalArgumentException("a circumstance needs recognized purposes: " + purposes);
            }
            purposes = Set.copyOf(purposes);
        }
    }

    /** A use with no purpose but these. */
    record OnlyForPurposes(Set<Purpose> purposes) implements Circumstance {
        public OnlyForPurposes {
            if (purposes.isEmpty() || purposes.contains(Purpose.UNRECOGNIZED)) {
                throw new IllegalArgumentException("a circumstance needs recognized purposes: " + purposes);
            }
            purposes = Set.copyOf(purposes);
        }
    }

    /** This party sits in one of these countries (ISO 3166 codes of two letters, upper case). */
    record InCountries(Party party, Set<String> countries) implements Circumstance {
        public InCountries {
            if (countries.isEmpty()) {
                throw new IllegalArgumentException("a circumstance needs at least one country");
            }
            countries = Set.copyOf(countries);
        }
    }

    /** A number about the operator is above a limit. */
    record Above(Threshold threshold) implements Circumstance {}

    /** All of these. */
    record AllOf(List<Circumstance> parts) implements Circumstance {
        public AllOf {
            parts = atLeastOne(parts);
        }
    }

    /** At least one of these. */
    record AnyOf(List<Circumstance> parts) implements Circumstance {
        public AnyOf {
            parts = atLeastOne(parts);
        }
    }

    /** The contrary. */
    record Not(Circumstance part) implements Circumstance {}

    /** Nothing: never so. */
    Circumstance NEVER = new Not(new Always());

    /** Whose country counts, which is the territory's basis. */
    enum Party {
        /** The operator's domicile or principal place of business. */
        OPERATOR,
        /** The tenant's country. */
        TENANT,
        /** Where the model and what it writes are used. */
        END_USER
    }

    /** Refuses a limit that depends on {@link DerivedModel}. */
    static void requireLimit(Clause clause, Circumstance... parts) {
        for (var part : parts) {
            if (part.asksDerivation()) {
                throw new IllegalArgumentException(
                        "clause %s: 'derived-model' can only say when a duty is owed".formatted(clause.id()));
            }
        }
    }

    private boolean asksDerivation() {
        return switch (this) {
            case DerivedModel _ -> true;
            case AllOf(var parts) -> parts.stream().anyMatch(Circumstance::asksDerivation);
            case AnyOf(var parts) -> parts.stream().anyMatch(Circumstance::asksDerivation);
            case Not(var part) -> part.asksDerivation();
            default -> false;
        };
    }

    private static List<Circumstance> atLeastOne(List<Circumstance> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a combination needs at least one part");
        }
        return List.copyOf(parts);
    }
}
