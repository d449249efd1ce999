package io.weighbridge.engine.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends a completion before the first stop string, however the text is cut into pieces. The end of the text that could still
 * become a stop string waits; nothing of a stop string is ever given out. The first stop string is the one complete first; of
 * several complete at the same place, the longest. Not thread-safe; one per sequence.
 */
public final class StopStrings {
    /** Stop strings of one request. More would cost time with each token and no client sends them. */
    public static final int STOPS_MAX = 16;
    /** Characters of one stop string; that many may be held back from a stream. */
    public static final int STOP_CHARACTERS_MAX = 1024;

    private final List<String> stops;
    private final StringBuilder pending = new StringBuilder();
    private @Nullable String matched;

    /** @throws IllegalArgumentException when there are too many, or one is empty or too long */
    public StopStrings(List<String> stops) {
        if (stops.size() > STOPS_MAX) {
            throw new IllegalArgumentException(
                    "%d stop strings given; at most %d are allowed".formatted(stops.size(), STOPS_MAX));
        }
        for (var stop : stops) {
            if (stop.isEmpty()) {
                throw new IllegalArgumentException("a stop string is empty; leave it out");
            }
            if (stop.length() > STOP_CHARACTERS_MAX) {
                throw new IllegalArgumentException("a stop string has %d characters; at most %d are allowed"
                        .formatted(stop.length(), STOP_CHARACTERS_MAX));
            }
        }
        this.stops = List.copyOf(stops);
    }

    /** What may be given out now that {@code piece} has come. Empty once stopped. */
    public String accept(String piece) {
        if (matched != null) {
            return "";
        }
        int seen = pending.length();
        pending.append(piece);
        int start = firstStop(seen);
        if (start >= 0) {
            var before = pending.substring(0, start);
            pending.setLength(0);
            return before;
        }
        int free = pending.length() - heldBack();
        var piecesOut = pending.substring(0, free);
        pending.delete(0, free);
        return piecesOut;
    }

    /** What was held back in vain: the completion ended otherwise. Empty once stopped. */
    public String flush() {
        var rest = pending.toString();
        pending.setLength(0);
        return rest;
    }

    /** Whether a stop string has come. */
    public boolean stopped() {
        return matched != null;
    }

    /** The stop string that ended the text; null as long as none has. */
    public @Nullable String matched() {
        return matched;
    }

    /** Where the first complete stop string starts, or -1; only ends after {@code seen} are new. */
    private int firstStop(int seen) {
        int bestStart = -1;
        int bestEnd = Integer.MAX_VALUE;
        for (var stop : stops) {
            int start = pending.indexOf(stop, Math.max(0, seen - stop.length() + 1));
            int end = start + stop.length();
            if (start >= 0 && (end < bestEnd || (end == bestEnd && start < bestStart))) {
                bestStart = start;
                bestEnd = end;
                matched = stop;
            }
        }
        return bestStart;
    }

    /** Length of the longest end of the text with which a stop string begins. */
    private int heldBack() {
        int longest = 0;
        for (var stop : stops) {
            for (int length = Math.min(stop.length() - 1, pending.length()); length > longest; length--) {
                if (stop.startsWith(pending.substring(pending.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
