package io.weighbridge.registry.rest;

import java.util.Optional;
import java.util.regex.Pattern;

/** A part of a file, from {@code first} on, {@code count} bytes. */
record ByteRange(long first, long count) {
    private static final Pattern SINGLE = Pattern.compile("bytes=(?<first>\\d{1,18})?-(?<last>\\d{1,18})?");

    /**
     * The range a header asks for. Empty for what a server may ignore (several ranges, other units, nonsense): the whole file
     * is the right answer then.
     *
     * @throws ApiException if the range lies outside a file of {@code size} bytes
     */
    static Optional<ByteRange> parse(String header, long size) {
        var match = SINGLE.matcher(header.strip());
        if (!match.matches() || (match.group("first") == null && match.group("last") == null)) {
            return Optional.empty();
        }
        var first = match.group("first") == null
                ? Math.max(0, size - Long.parseLong(match.group("last")))
                : Long.parseLong(match.group("first"));
        var last = match.group("first") == null || match.group("last") == null
                ? size - 1
                : Math.min(size - 1, Long.parseLong(match.group("last")));
        if (first >= size) {
            throw new ApiException(
                    ErrorCode.RANGE_NOT_SATISFIABLE, "the blob has %d bytes, '%s' is outside".formatted(size, header));
        }
        return last < first ? Optional.empty() : Optional.of(new ByteRange(first, last - first + 1));
    }

    String contentRange(long size) {
        return "bytes %d-%d/%d".formatted(first, first + count - 1, size);
    }
}
