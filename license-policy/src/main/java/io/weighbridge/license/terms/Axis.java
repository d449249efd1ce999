package io.weighbridge.license.terms;

/** What a limit is about. The axes are kept apart because a use can pass one and fail another. */
public enum Axis {
    /** Who uses it and how large they are: monthly users, revenue. */
    WHO_AND_SCALE,
    /** What for, in the broad sense: commercial, research only. */
    FIELD_OF_USE,
    /** Acts that a use policy forbids, whoever commits them. */
    CONDUCT,
    /** Naming the author or the model. */
    ATTRIBUTION,
    /** What may be done with the text that the model writes. */
    OUTPUT_USE,
    /** Where the parties or the use are. */
    TERRITORY,
    /** Letting others use the model through a service. */
    HOSTING
}
