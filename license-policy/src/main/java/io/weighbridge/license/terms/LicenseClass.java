package io.weighbridge.license.terms;

/** A rough kind of license, for people who look through a list. Decides nothing. */
public enum LicenseClass {
    /** Any use, few duties. */
    PERMISSIVE,
    /** Any use below some size. */
    THRESHOLD_PERMISSIVE,
    /** Broad use under the steward's own conditions. */
    COMMUNITY,
    /** Any use but those that a list forbids, passed on to users. */
    RAIL,
    /** No commercial use. */
    NONCOMMERCIAL,
    /** Research only. */
    RESEARCH_ONLY
}
