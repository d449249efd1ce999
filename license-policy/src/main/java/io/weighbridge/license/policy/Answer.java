package io.weighbridge.license.policy;

/** A fact that may not be known. Unknown is neither yes nor no, and never treated as either. */
public enum Answer {
    YES,
    NO,
    UNKNOWN;

    public static Answer of(boolean value) {
        return value ? YES : NO;
    }

    /** Yes where both are, no where one is not. */
    public Answer and(Answer other) {
        if (this == NO || other == NO) {
            return NO;
        }
        return this == UNKNOWN ? UNKNOWN : other;
    }

    /** Yes where one is, no where both are not. */
    public Answer or(Answer other) {
        if (this == YES || other == YES) {
            return YES;
        }
        return this == UNKNOWN ? UNKNOWN : other;
    }

    public Answer negated() {
        return switch (this) {
            case YES -> NO;
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
        };
    }
}
