package io.weighbridge.engine.grammar;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/** The Unicode properties that regular expressions may name: general categories, scripts and a few more. Thread-safe. */
final class UnicodeProperties {
    /** General categories as java.lang.Character numbers them, by their short names. */
    private static final Map<String, Integer> CATEGORIES = Map.ofEntries(
            Map.entry("Lu", 1),
            Map.entry("Ll", 2),
            Map.entry("Lt", 3),
            Map.entry("Lm", 4),
            Map.entry("Lo", 5),
            Map.entry("Mn", 6),
            Map.entry("Me", 7),
            Map.entry("Mc", 8),
            Map.entry("Nd", 9),
            Map.entry("Nl", 10),
            Map.entry("No", 11),
            Map.entry("Zs", 12),
            Map.entry("Zl", 13),
            Map.entry("Zp", 14),
            Map.entry("Cc", 15),
            Map.entry("Cf", 16),
            Map.entry("Co", 18),
            Map.entry("Pd", 20),
            Map.entry("Ps", 21),
            Map.entry("Pe", 22),
            Map.entry("Pc", 23),
            Map.entry("Po", 24),
            Map.entry("Sm", 25),
            Map.entry("Sc", 26),
            Map.entry("Sk", 27),
            Map.entry("So", 28),
            Map.entry("Pi", 29),
            Map.entry("Pf", 30));

    private static final Map<String, String> LONG_NAMES = Map.ofEntries(
            Map.entry("Letter", "L"),
            Map.entry("Uppercase_Letter", "Lu"),
            Map.entry("Lowercase_Letter", "Ll"),
            Map.entry("Titlecase_Letter", "Lt"),
            Map.entry("Modifier_Letter", "Lm"),
            Map.entry("Other_Letter", "Lo"),
            Map.entry("Mark", "M"),
            Map.entry("Number", "N"),
            Map.entry("Decimal_Number", "Nd"),
            Map.entry("digit", "Nd"),
            Map.entry("Letter_Number", "Nl"),
            Map.entry("Punctuation", "P"),
            Map.entry("punct", "P"),
            Map.entry("Symbol", "S"),
            Map.entry("Currency_Symbol", "Sc"),
            Map.entry("Math_Symbol", "Sm"),
            Map.entry("Separator", "Z"),
            Map.entry("Space_Separator", "Zs"),
            Map.entry("Control", "Cc"),
            Map.entry("cntrl", "Cc"));

    private static final Map<String, CharSet> KNOWN = new ConcurrentHashMap<>();

    private UnicodeProperties() {}

    static CharSet named(String name) {
        var known = KNOWN.get(name);
        if (known == null) {
            known = CharSet.where(predicate(name));
            KNOWN.put(name, known); // only names that exist get here, so the map stays small
        }
        return known;
    }

    private static IntPredicate predicate(String name) {
        int equals = name.indexOf('=');
        var key = equals < 0 ? "" : name.substring(0, equals);
        var value = equals < 0 ? name : name.substring(equals + 1);
        if (key.equals("Script") || key.equals("sc")) {
            try {
                var script = Character.UnicodeScript.forName(value);
                return c -> Character.UnicodeScript.of(c) == script;
            } catch (IllegalArgumentException e) {
                throw unknown(name);
            }
        }
        if (!key.isEmpty() && !key.equals("General_Category") && !key.equals("gc")) {
            throw unknown(name);
        }
        var shortName = LONG_NAMES.getOrDefault(value, value);
        var category = CATEGORIES.get(shortName);
        if (category != null) {
            int number = category;
            return c -> Character.getType(c) == number;
        }
        if (shortName.length() == 1 && "LMNPSZ".contains(shortName)) {
            long numbers = CATEGORIES.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith(shortName))
                    .mapToLong(entry -> 1L << entry.getValue())
                    .sum();
            return c -> (numbers >>> Character.getType(c) & 1) != 0;
        }
        return switch (value) {
            case "Alphabetic", "Alpha" -> Character::isAlphabetic;
            case "Uppercase", "Upper" -> Character::isUpperCase;
            case "Lowercase", "Lower" -> Character::isLowerCase;
            case "White_Space", "space" -> c -> Character.isWhitespace(c) || c == 0x85 || Character.isSpaceChar(c);
            case "Ideographic", "Ideo" -> Character::isIdeographic;
            case "Emoji" -> Character::isEmoji;
            case "ASCII" -> c -> c < 128;
            case "Any" -> _ -> true;
            default -> throw unknown(name);
        };
    }

    private static GrammarException unknown(String name) {
        return GrammarException.unsupported("the Unicode property \\p{%s} is not supported".formatted(name));
    }
}
