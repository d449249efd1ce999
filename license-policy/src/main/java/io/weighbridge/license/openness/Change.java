package io.weighbridge.license.openness;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is missing for a class.
 *
 * @param license the license that stands in the way, with {@link Kind#LICENSE}; null when there is none at all
 */
public record Change(
        Component component, Kind kind, @Nullable String license) {
    /** What would have to happen, the cheapest first. */
    public enum Kind {
        /** Somebody has to look and say so. */
        CONFIRM,
        /** It is out; an open license has to be put on it. */
        LICENSE,
        /** The rest of it has to be released. */
        COMPLETE,
        /** It has to be released. */
        RELEASE;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Change of(Component component, Standing standing, @Nullable String license) {
        return switch (standing) {
            case DOUBTFUL -> new Change(component, Kind.CONFIRM, null);
            case NOT_OPEN -> new Change(component, Kind.LICENSE, license);
            case UNLICENSED -> new Change(component, Kind.LICENSE, null);
            case PARTIAL -> new Change(component, Kind.COMPLETE, null);
            case NOT_RELEASED, UNRECORDED -> new Change(component, Kind.RELEASE, null);
            case OPEN, OPEN_OTHER_KIND ->
                throw new IllegalArgumentException("%s counts already".formatted(component.code()));
        };
    }
}
