package io.weighbridge.license.openness;

import java.util.Locale;

/**
 * What kind of license the weights are under, for the questions of this package. A caller that has read the terms says it;
 * without that, the record's own word counts.
 */
public enum LicenseNature {
    /** Anyone may use, study, change and share for any purpose. */
    OPEN("anyone may use it for any purpose"),
    /** As open as that in what it allows, but on no list of approved licenses. */
    PERMISSIVE("it allows every use, but no body has approved it as open source"),
    /** Some purposes are forbidden, and everyone who gets a copy must be bound to that. */
    USE_RESTRICTED("it forbids some purposes and binds everyone downstream to that"),
    /** Beyond some scale, or for some parties, another license is needed. */
    CONDITIONAL("beyond some scale, or for some parties, it grants nothing"),
    NONCOMMERCIAL("it forbids commercial use"),
    RESEARCH_ONLY("it allows research only"),
    /** Nobody but the owner may run it. */
    CLOSED("nobody but its owner may run it"),
    UNKNOWN("nobody has established what it allows");

    private final String meaning;

    LicenseNature(String meaning) {
        this.meaning = meaning;
    }

    /** Half a sentence about a license of this nature. */
    public String meaning() {
        return meaning;
    }

    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** True when no purpose, person or scale is excluded. */
    public boolean unrestricted() {
        return this == OPEN || this == PERMISSIVE;
    }
}
