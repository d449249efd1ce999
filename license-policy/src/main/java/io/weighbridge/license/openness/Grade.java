package io.weighbridge.license.openness;

import java.util.Locale;

/** A short answer to a question about openness. */
public enum Grade {
    YES,
    PARTLY,
    NO,
    UNCLEAR;

    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The worse of two answers, where a no outranks doubt and doubt outranks the rest. */
    Grade and(Grade other) {
        var worstFirst = new Grade[] {NO, UNCLEAR, PARTLY, YES};
        for (var grade : worstFirst) {
            if (this == grade || other == grade) {
                return grade;
            }
        }
        throw new IllegalStateException("every grade is in the list");
    }
}
