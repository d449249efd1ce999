package io.weighbridge.gateway.snapshot;

import io.weighbridge.license.policy.Subject;
import java.util.LinkedHashSet;

/**
 * What response headers say of a model's license, made once.
 *
 * @param model its id
 * @param license id of its license: the concluded one, else the declared one
 * @param links value of the header Link, one link for each license that binds; empty when no terms are recorded
 */
public record Labels(String model, String license, String links) {
    /** Longest id in a header; what a publisher declares as a license may be any text. */
    public static final int ID_CHARS_MAX = 256;

    /** Most links in one header: the model's own license and those of its nearest ancestors. */
    public static final int LINKS_MAX = 8;

    private static final char FIRST_VISIBLE = ' ';
    private static final char LAST_VISIBLE = '~';

    static Labels of(String model, String license, Subject subject) {
        var urls = new LinkedHashSet<String>();
        for (var layer : subject.layers()) {
            urls.add(layer.terms().url());
        }
        var links = new StringBuilder();
        urls.stream()
                .filter(Labels::isLink)
                .limit(LINKS_MAX)
                .forEach(url -> links.append(links.isEmpty() ? "" : ", ").append(link(url)));
        return new Labels(visible(model), visible(license), links.toString());
    }

    /** One value of the header Link. */
    public static String link(String url) {
        return "<" + url + ">; rel=\"license\"";
    }

    /** Whether {@code text} can stand in a Link header. */
    public static boolean isLink(String text) {
        return (text.startsWith("https://") || text.startsWith("http://"))
                && text.chars().noneMatch(c -> c <= ' ' || c > LAST_VISIBLE || c == '<' || c == '>' || c == '"');
    }

    /** {@code text} as a header can carry it: other characters become question marks, a long text is cut. */
    public static String visible(String text) {
        var cut = text.length() <= ID_CHARS_MAX ? text : text.substring(0, ID_CHARS_MAX);
        var visible = new StringBuilder(cut.length());
        cut.chars().forEach(c -> visible.append(c < FIRST_VISIBLE || c > LAST_VISIBLE ? '?' : (char) c));
        return visible.toString();
    }
}
