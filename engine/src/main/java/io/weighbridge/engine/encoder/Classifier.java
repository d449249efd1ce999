package io.weighbridge.engine.encoder;

import java.util.List;

/**
 * What a model that was trained to judge a text or a pair of texts says of it: one value for each label.
 *
 * @param head from the token vectors to one value for each label, before anything squeezes them
 * @param labels what the values stand for, at least one
 * @param activation the last step, as sentence-transformers takes it: the sigmoid where there is one label and the checkpoint says
 *     nothing else
 */
public record Classifier(EmbeddingHead head, List<String> labels, EmbeddingHead.Activation activation) {
    public Classifier {
        labels = List.copyOf(labels);
        if (labels.size() != head.dimensions()) {
            throw new IllegalArgumentException("%d labels for %d values".formatted(labels.size(), head.dimensions()));
        }
    }

    /** One value for each label, from {@code count} token vectors that lie in {@code hidden} from {@code from} on. */
    public float[] values(float[] hidden, int from, int count) {
        var values = head.embedding(hidden, from, count);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) EmbeddingHead.activate(activation, values[i]);
        }
        return values;
    }
}
