package io.weighbridge.license.receipts;

import java.util.Map;
import java.util.TreeMap;

/** Which sequence numbers were seen and which are missing so far. Not thread-safe. */
final class Numbering {
    private final TreeMap<Long, Long> missing = new TreeMap<>();
    private long last;

    /** The next number is {@code first}; numbers before it are not this walk's business. */
    void start(long first) {
        last = first - 1;
    }

    /** The highest number seen. */
    long last() {
        return last;
    }

    /** The next number was there but could not be read. */
    void skip() {
        last++;
    }

    /** The next number is {@code next}; those before it that were not seen are missing. */
    void gap(long next) {
        if (next > last + 1) {
            missing.put(last + 1, next - 1);
            last = next - 1;
        }
    }

    void take(long number) {
        if (number > last) {
            gap(number);
            last = number;
            return;
        }
        var range = missing.floorEntry(number);
        if (range != null && range.getValue() >= number) {
            missing.remove(range.getKey());
            if (range.getKey() < number) {
                missing.put(range.getKey(), number - 1);
            }
            if (number < range.getValue()) {
                missing.put(number + 1, range.getValue());
            }
        }
    }

    /** First and last number of each range that is missing. */
    Map<Long, Long> missing() {
        return missing;
    }
}
