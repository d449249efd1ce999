package io.weighbridge.engine.chat;

/** Text marked as safe for HTML. Text added to it is escaped; for everything else it is its text. */
record Markup(String text) {
    /** {@code value} as markup: itself, or its text with HTML's characters escaped. */
    static String escaped(Object value) {
        if (value instanceof Markup markup) {
            return markup.text();
        }
        return escapedText(Values.text(value));
    }

    static String escapedText(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    /** The text where {@code value} is markup, else {@code value}. */
    static Object plain(Object value) {
        return value instanceof Markup markup ? markup.text() : value;
    }
}
