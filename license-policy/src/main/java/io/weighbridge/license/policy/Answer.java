package io.weighbridge.license.policy;

/** A fact that may not be known. Unknown is neither yes nor no, and never treated as either. */
public enum Answer {
    YES,
    NO,
    UNKNOWN;

    public static Answer of(boolean value) {
        return value ? YES : NO;
    }
}
