package io.weighbridge.license.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A license text, normalized so that copies of one license are equal and different licenses are not.
 *
 * <p>Two texts are the same when they have the same words and sentence marks in the same order ({@link #digest}). Not
 * counted: case, spaces and line ends, quotes, brackets and dashes, bullets and the style of numbering ("(a)", "a."),
 * comment marks, markdown and plain HTML, invisible characters, the encoding, and lines that only name a copyright holder ({@link #copyrights}). {@link #unnumberedDigest} also leaves out the labels of sections, for copies
 * whose numbering a converter has dropped. Every word, number, amount and comparison sign counts. Immutable.
 */
public final class LicenseText {
    /** Most bytes of a license text; the longest that we know has under 40,000. */
    public static final int LICENSE_BYTES_MAX = 512 * 1024;

    private final String rawDigest;
    private final String digest;
    private final String unnumberedDigest;
    private final List<String> spoken;
    private final List<String> copyrights;
    private final List<Clause> clauses;

    /**
     * One sentence of a text.
     *
     * @param label the section it is in, as "2" or "1.b.iv", "0" before the first; from the second sentence of a section
     *     on with its number, as "2/3"
     * @param text as it was written, on one line
     * @param digest 16 hex digits over its words, without its label
     */
    public record Clause(String label, String text, String digest) {}

    private LicenseText(String rawDigest, String decoded) {
        var reading = new Reading(decoded);
        this.rawDigest = rawDigest;
        this.spoken = Words.spoken(reading.words);
        this.digest = Digests.of(reading.words);
        this.unnumberedDigest = Digests.of(reading.unnumbered);
        this.copyrights = List.copyOf(reading.copyrights);
        this.clauses = List.copyOf(reading.clauses);
    }

    /** The text in a file with these bytes, of whatever encoding; throws when there are too many of them. */
    public static LicenseText of(byte[] bytes) {
        if (bytes.length > LICENSE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a license text has at most %d bytes, this file has %d: give the license alone, not an archive or a report"
                            .formatted(LICENSE_BYTES_MAX, bytes.length));
        }
        return new LicenseText(Digests.of(bytes), TextDecoder.decode(bytes));
    }

    /** The same for a text that is already decoded; its raw digest is that of its UTF-8 bytes. */
    public static LicenseText of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** {@code sha256:} and hex of the normalized text: the identity of the license. */
    public String digest() {
        return digest;
    }

    /** As {@link #digest}, without the labels of sections. */
    public String unnumberedDigest() {
        return unnumberedDigest;
    }

    /** {@code sha256:} and hex of the bytes as they came. */
    public String rawDigest() {
        return rawDigest;
    }

    /** The text's sentences in order, headings included. */
    public List<Clause> clauses() {
        return clauses;
    }

    /** The lines that only name a copyright holder; they are not part of the identity. */
    public List<String> copyrights() {
        return copyrights;
    }

    /** How many words count, marks not among them. */
    public int wordCount() {
        return spoken.size();
    }

    Sketch sketch() {
        return Sketch.of(spoken);
    }

    /** One pass over the lines of a text: paragraphs, then labelled blocks, then sentences. */
    private static final class Reading {
        private final List<String> words = new ArrayList<>();
        private final List<String> unnumbered = new ArrayList<>();
        private final List<String> copyrights = new ArrayList<>();
        private final List<Clause> clauses = new ArrayList<>();
        private final Map<String, Integer> sentencesByPath = new HashMap<>();
        private final Outline outline = new Outline();
        private final StringBuilder block = new StringBuilder();
        private String path = outline.path();
        private boolean atStart = true;

        Reading(String decoded) {
            var paragraph = new ArrayList<String>();
            for (var line : Lines.of(Lines.plain(decoded))) {
                if (line.isEmpty()) {
                    paragraph(paragraph);
                    paragraph.clear();
                } else {
                    paragraph.add(line);
                }
            }
            paragraph(paragraph);
        }

        private void paragraph(List<String> lines) {
            if (lines.isEmpty()) {
                return;
            }
            var whole = String.join(" ", lines);
            if (Lines.isCopyright(whole)) {
                copyrights.add(whole);
                return;
            }
            boolean mayBeCopyright = true;
            for (int index = 0; index < lines.size(); index++) {
                var line = lines.get(index);
                if (mayBeCopyright && Lines.isCopyright(line)) {
                    copyrights.add(line);
                } else {
                    line(line);
                    // A title and the copyright lines right under it are often one paragraph.
                    mayBeCopyright = atStart && index == 0;
                }
            }
            endBlock();
            atStart = false;
        }

        private void line(String line) {
            var label = outline.open(line);
            if (label == null) {
                block.append(line).append(' ');
                unnumbered.addAll(Words.of(line));
            } else {
                endBlock();
                path = label.path();
                var rest = line.substring(label.length());
                block.append(label.onlyMark() ? rest : line).append(' ');
                unnumbered.addAll(Words.of(label.onlyMark() ? rest : line));
            }
            words.addAll(Words.of(line));
        }

        private void endBlock() {
            for (var sentence : Sentences.of(block)) {
                var sentenceWords = Words.of(sentence);
                if (!sentenceWords.isEmpty()) {
                    int number = sentencesByPath.merge(path, 1, Integer::sum);
                    var label = number == 1 ? path : path + "/" + number;
                    clauses.add(new Clause(label, sentence.strip(), Digests.clause(sentenceWords)));
                }
            }
            block.setLength(0);
        }
    }
}
