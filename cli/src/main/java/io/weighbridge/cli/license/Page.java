package io.weighbridge.cli.license;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Text for people, wrapped and indented. */
final class Page {
    /** Columns of a page; long addresses may stand out. */
    private static final int COLUMNS = 100;

    private final PrintWriter out;

    Page(PrintWriter out) {
        this.out = out;
    }

    Page line() {
        out.println();
        return this;
    }

    /** {@code text} at {@code indent}; lines after the first hang by {@code hang} more. */
    Page text(int indent, int hang, String text) {
        var margin = " ".repeat(indent);
        for (var line : wrapped(text, COLUMNS - indent, COLUMNS - indent - hang)) {
            out.println(margin + line);
            margin = " ".repeat(indent + hang);
        }
        return this;
    }

    Page text(int indent, String text) {
        return text(indent, 0, text);
    }

    /** A label in a column of {@code width}, and its text beside it. */
    Page labeled(int indent, int width, String label, String text) {
        var padded = label.length() >= width ? label + " " : label + " ".repeat(width - label.length());
        return text(indent, padded.length(), padded + text);
    }

    void flush() {
        out.flush();
    }

    private static List<String> wrapped(String text, int first, int others) {
        var lines = new ArrayList<String>();
        var rest = text;
        var width = first;
        while (rest.length() > width) {
            var cut = rest.lastIndexOf(' ', width);
            // A label's padding is no place to break.
            if (cut <= 0 || rest.substring(0, cut).isBlank()) {
                cut = rest.indexOf(' ', width);
            }
            if (cut < 0) {
                break;
            }
            lines.add(rest.substring(0, cut).stripTrailing());
            rest = rest.substring(cut).strip();
            width = others;
        }
        lines.add(rest);
        return lines;
    }
}
