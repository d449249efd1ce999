package io.weighbridge.engine.encoder;

/** What a checkpoint of an encoder holds, understood: shape, tensors, what makes an embedding of the token vectors, treatment of text. */
public record Encoder(EncoderSpec spec, EncoderTensors tensors, EmbeddingHead head, TextRules text) {
    /**
     * What happens to a text before it is tokenized.
     *
     * @param lowercase whether it is put into lower case
     * @param prefix what the checkpoint puts before every text unless told otherwise; mostly empty
     */
    public record TextRules(boolean lowercase, String prefix) {
        /** The text as it is. */
        public static final TextRules NONE = new TextRules(false, "");

        /** {@code text} as the tokenizer gets it. */
        public String apply(String text) {
            var whole = prefix + text;
            return lowercase ? whole.toLowerCase(java.util.Locale.ROOT) : whole;
        }
    }
}
