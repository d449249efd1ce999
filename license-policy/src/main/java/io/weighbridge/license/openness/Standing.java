package io.weighbridge.license.openness;

import java.util.Locale;

/** How one component stands toward the framework. */
public enum Standing {
    /** Released whole under an open license made for its kind. */
    OPEN("open"),
    /** Released whole under an open license that is made for another kind of work; counts, with a warning. */
    OPEN_OTHER_KIND("open, license made for another kind of work"),
    /** Would count, but nobody whose word we rest on says so. */
    DOUBTFUL("said to be open, not established"),
    /** Released under a license that is on no list of open ones. */
    NOT_OPEN("released, license not open"),
    /** Released, and nothing says what one may do with it. */
    UNLICENSED("released, no license"),
    PARTIAL("released in part"),
    NOT_RELEASED("not released"),
    /** Nothing is recorded. */
    UNRECORDED("nothing recorded");

    private final String label;

    Standing(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** True when the component counts toward a class. */
    public boolean counts() {
        return this == OPEN || this == OPEN_OTHER_KIND;
    }
}
