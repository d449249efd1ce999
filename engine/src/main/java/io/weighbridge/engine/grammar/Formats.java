package io.weighbridge.engine.grammar;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@code format} that are generated: for each a regular expression whose texts all have the format. Most are
 * exact; email, hostname and uri are the plain part of what their standards allow, and times are at most 15 hours from UTC and
 * never -00:00, because readers refuse more. Other formats are annotations.
 */
final class Formats {
    private static final String YEAR_MONTH_DAY = "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
            + "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
            + "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
    private static final String TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?"
            + "(?:Z|\\+(?:0[0-9]|1[0-4]):[0-5][0-9]|-(?:0[1-9]|1[0-4]):[0-5][0-9])";
    private static final String BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final String IPV4 = BYTE + "(?:\\." + BYTE + "){3}";
    private static final String H16 = "[0-9A-Fa-f]{1,4}";
    private static final String LS32 = "(?:" + H16 + ":" + H16 + "|" + IPV4 + ")";

    /** Four of them stay below the 253 characters that a name may have. */
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,60}[A-Za-z0-9])?";

    /** Three of them stay below the 64 characters that the part before the @ may have. */
    private static final String MAILBOX_WORD = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}";

    private static final String DURATION_TIME = "T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)";
    private static final String DURATION =
            "P(?:[0-9]+W|(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)(?:" + DURATION_TIME + ")?|"
                    + DURATION_TIME + ")";
    private static final String PATH_CHARACTER = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
    private static final String URI = "[A-Za-z][A-Za-z0-9+.-]{0,15}://" + LABEL + "(?:\\." + LABEL
            + ")*(?::[0-9]{1,5})?(?:/" + PATH_CHARACTER + "*)*(?:\\?(?:" + PATH_CHARACTER + "|[/?])*)?(?:#(?:"
            + PATH_CHARACTER + "|[/?])*)?";

    private static final Map<String, String> PATTERNS = Map.ofEntries(
            Map.entry("date", YEAR_MONTH_DAY),
            Map.entry("time", TIME),
            Map.entry("date-time", YEAR_MONTH_DAY + "T" + TIME),
            Map.entry("duration", DURATION),
            Map.entry("uuid", "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"),
            Map.entry("ipv4", IPV4),
            Map.entry("ipv6", ipv6()),
            Map.entry("hostname", LABEL + "(?:\\." + LABEL + "){0,3}"),
            Map.entry(
                    "email", MAILBOX_WORD + "(?:\\." + MAILBOX_WORD + "){0,2}@" + LABEL + "(?:\\." + LABEL + "){0,3}"),
            Map.entry("uri", URI),
            Map.entry("json-pointer", "(?:/(?:[^~/]|~[01])*)*"));

    private Formats() {}

    /** The forms of RFC 4291, by how many groups stand before the two colons. */
    private static String ipv6() {
        return "(?:(?:%1$s:){6}%2$s|::(?:%1$s:){5}%2$s|(?:%1$s)?::(?:%1$s:){4}%2$s|(?:(?:%1$s:){0,1}%1$s)?::(?:%1$s:){3}%2$s"
                        .formatted(H16, LS32)
                + "|(?:(?:%1$s:){0,2}%1$s)?::(?:%1$s:){2}%2$s|(?:(?:%1$s:){0,3}%1$s)?::%1$s:%2$s|(?:(?:%1$s:){0,4}%1$s)?::%2$s"
                        .formatted(H16, LS32)
                + "|(?:(?:%1$s:){0,5}%1$s)?::%1$s|(?:(?:%1$s:){0,6}%1$s)?::)".formatted(H16);
    }

    /** The texts generated for a format, or null where it is only an annotation. */
    static @Nullable Regex of(String format) {
        var pattern = PATTERNS.get(format);
        return pattern == null ? null : RegexParser.whole(pattern);
    }
}
