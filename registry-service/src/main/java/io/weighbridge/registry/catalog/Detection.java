package io.weighbridge.registry.catalog;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the files of a checkpoint say about their license.
 *
 * @param metadata what the weights' header or configuration names
 * @param texts the license texts among the files
 */
public record Detection(@Nullable Declaration metadata, List<Text> texts) {
    /** Most license texts of one checkpoint; more are no help to anybody. */
    public static final int TEXT_COUNT_MAX = 16;

    /** Longest remark about a text. */
    public static final int NOTE_LENGTH_MAX = 2_000;

    /** Nothing was found, or nothing has been looked at. */
    public static final Detection NONE = new Detection(null, List.of());

    public Detection {
        texts = List.copyOf(texts);
        if (texts.size() > TEXT_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "%d license texts, the limit is %d".formatted(texts.size(), TEXT_COUNT_MAX));
        }
    }

    /** Only a name in the weights' metadata. */
    public static Detection named(String license) {
        return new Detection(Declaration.of(license), List.of());
    }

    /**
     * A license text among the files.
     *
     * @param textDigest digest of the normalized text, the same for every way of laying it out
     * @param key the license that the text is, word for word; null for a text that we have not read
     * @param policy whether it is a use policy beside the license
     * @param note what a reviewer should know, such as the sentences by which it differs from a known text
     */
    public record Text(
            String path,
            String textDigest,
            @Nullable String key,
            boolean policy,
            @Nullable String note) {
        public Text {
            CheckpointFile.requireSafePath(path);
            Texts.require("the remark about " + path, note, NOTE_LENGTH_MAX);
        }
    }

    /** One word for people, or null: the licenses that the texts are, else the name in the metadata. */
    public @Nullable String shown() {
        if (!texts.isEmpty()) {
            return texts.stream()
                    .map(text -> text.key() == null ? "unread text " + text.path() : text.key())
                    .distinct()
                    .collect(Collectors.joining(", "));
        }
        return metadata == null ? null : metadata.shown();
    }
}
