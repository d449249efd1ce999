package io.weighbridge.license.text;

import java.text.Normalizer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of a license text, freed of what a file format adds: exotic spaces and invisible characters, HTML tags and
 * entities, comment marks at the start of a line, and lines that only name a copyright holder.
 */
final class Lines {
    /** A copyright line names a holder in at most this many words; a longer one may say something and stays. */
    static final int HOLDER_WORDS_MAX = 14;

    private static final Pattern BREAKS = Pattern.compile("\\R|\\f|\u001E");
    private static final Pattern BLOCK_TAG = tag("p|br|ul|ol|li|h[1-6]|div|pre|hr|center|blockquote");
    private static final Pattern INLINE_TAG = tag("b|i|u|em|strong|span|code|tt");
    private static final Pattern ENTITY = Pattern.compile("&(#?[a-zA-Z0-9]{2,6});");
    private static final Map<String, String> ENTITIES = Map.ofEntries(
            Map.entry("amp", "&"),
            Map.entry("lt", "<"),
            Map.entry("gt", ">"),
            Map.entry("quot", "\""),
            Map.entry("apos", "'"),
            Map.entry("#39", "'"),
            Map.entry("nbsp", " "),
            Map.entry("rsquo", "'"),
            Map.entry("lsquo", "'"),
            Map.entry("rdquo", "\""),
            Map.entry("ldquo", "\""),
            Map.entry("ndash", "-"),
            Map.entry("mdash", "-"),
            Map.entry("copy", "(c)"),
            Map.entry("sect", "§"));
    /**
     * What may stand before the first word of a line without being part of it: bullets, comment and quote marks. No sign
     * that {@link Words} counts: a line break must not swallow it.
     */
    private static final Pattern MARGIN =
            Pattern.compile("^(?:[\\s#*;!|/\\\\•◦▪·‣~_`+–—-]|>(?!=?\\s*[\\d\\p{Sc}])|<!-{1,3}|\\.\\.\\s){1,40}");

    private static final Pattern COPYRIGHT = Pattern.compile(
            "^copyright\\b(?=.*(?:\\(c\\)|\\b(?:19|20)\\d\\d\\b|yyyy|year))(.*)$|^\\(c\\) (?=.*\\b(?:19|20)\\d\\d\\b)(.*)$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final Pattern RESERVED = Pattern.compile("all rights reserved", Pattern.CASE_INSENSITIVE);
    /** Words that a sentence with a meaning uses; a copyright line that has one of them stays in the text. */
    private static final Set<String> SAYS_SOMETHING =
            Set.of(("may must shall will should can cannot not no non never only"
                            + " solely except unless provided if when until before after more less than over under permission permitted"
                            + " allow allowed granted grant grants subject commercial noncommercial use uses used using prohibited"
                            + " forbidden banned restricted license licensed terms conditions agreement without with within is are be"
                            + " you your this that above notice evaluation purpose purposes fee fees pay paid royalty sale sell patent"
                            + " required requires require revenue million billion users")
                    .split(" "));

    /** Words that say what something is for when "for" is beside them, and are part of a holder's name when it is not. */
    private static final Set<String> SAYS_PURPOSE =
            Set.of(("research academic education educational personal private internal"
                            + " free government military europe european eu uk production testing hosting inference training")
                    .split(" "));

    /** Most words in lower case that a holder's name may have besides the usual ones: "guido van rossum" has three. */
    static final int LOWER_CASE_WORDS_MAX = 3;

    private static final Set<String> USUAL =
            Set.of(("copyright c all rights reserved and others other the of its by contributors"
                            + " authors author respective owners holders holder team project inc ltd llc gmbh co corp year name yyyy owner"
                            + " fullname present et al to com org net http www")
                    .split(" "));

    private Lines() {}

    /** {@code text} with one kind of space, quote, dash and apostrophe, and without invisible characters. */
    static String plain(String text) {
        var normal = Normalizer.normalize(withoutTags(entities(text)), Normalizer.Form.NFKC);
        var plain = new StringBuilder(normal.length());
        normal.codePoints().forEach(point -> append(plain, point));
        return plain.toString();
    }

    /** The lines of {@code plain} text with their margin gone; a line without a word is empty. */
    static List<String> of(String plain) {
        return BREAKS.splitAsStream(plain).map(Lines::withoutMargin).toList();
    }

    /**
     * True when a line says who holds the copyright and nothing else. Strict on purpose: a clause must not be able to
     * hide in a line that does not count.
     */
    static boolean isCopyright(String line) {
        var match = COPYRIGHT.matcher(line);
        if (!match.matches()) {
            return isReserved(line);
        }
        var holder = RESERVED.matcher(line).replaceAll(" ");
        var words = Words.spoken(holder);
        return words.size() <= HOLDER_WORDS_MAX
                && words.stream().noneMatch(SAYS_SOMETHING::contains)
                && !(words.contains("for") && words.stream().anyMatch(SAYS_PURPOSE::contains))
                && lowerCaseWords(holder) <= LOWER_CASE_WORDS_MAX;
    }

    private static long lowerCaseWords(String holder) {
        return SPACES.splitAsStream(holder)
                .filter(word -> word.indexOf('@') < 0)
                .filter(word -> word.codePoints().filter(Character::isLetter).findFirst().stream()
                        .anyMatch(Character::isLowerCase))
                .filter(word -> !USUAL.containsAll(Words.spoken(word)))
                .count();
    }

    private static boolean isReserved(String line) {
        return line.length() < 30
                && RESERVED.matcher(line).lookingAt()
                && Words.spoken(line).size() == 3;
    }

    private static Pattern tag(String names) {
        return Pattern.compile("</?(?:" + names + ")\\s{0,4}/?>", Pattern.CASE_INSENSITIVE);
    }

    private static String withoutTags(String text) {
        return INLINE_TAG.matcher(BLOCK_TAG.matcher(text).replaceAll(" ")).replaceAll("");
    }

    private static String withoutMargin(String line) {
        var text = MARGIN.matcher(line).replaceFirst("").strip();
        return text.codePoints().anyMatch(Words::isWord) ? text : "";
    }

    private static String entities(String text) {
        return text.indexOf('&') < 0
                ? text
                : ENTITY.matcher(text)
                        .replaceAll(found ->
                                Matcher.quoteReplacement(ENTITIES.getOrDefault(found.group(1), found.group())));
    }

    private static void append(StringBuilder plain, int point) {
        switch (point) {
            case '‘', '’', '‛', 'ʼ', '′', '´' -> plain.append('\'');
            case '“', '”', '„', '«', '»', '″' -> plain.append('"');
            case '‐', '‑', '‒', '–', '—', '―', '−' -> plain.append('-');
            case '©' -> plain.append("(c)");
            case 0x85, 0x2028, 0x2029 -> plain.append('\n');
            case 0x202D, 0x202E, 0x2066, 0x2067, 0x2068 -> plain.appendCodePoint(point);
            default -> {
                switch (Character.getType(point)) {
                    case Character.FORMAT -> {}
                    case Character.SPACE_SEPARATOR -> plain.append(' ');
                    default -> plain.appendCodePoint(point);
                }
            }
        }
    }
}
