package io.weighbridge.inference.djl;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.engine.tokenizer.TokenizerDefinition;
import io.weighbridge.engine.tokenizer.Vocabulary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Hugging Face's tokenizers library, on a definition from either checkpoint format. Decoding needs no library: the vocabulary
 * knows the bytes. Thread-safe, as the library is.
 */
public final class DjlTokenizer implements Tokenizer {
    private final HuggingFaceTokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final Set<String> specialTokens;

    private DjlTokenizer(HuggingFaceTokenizer tokenizer, TokenizerDefinition definition) {
        this.tokenizer = tokenizer;
        this.vocabulary = definition.vocabulary();
        this.specialTokens = Set.copyOf(definition.specialTokens());
    }

    /** The tokenizer of the definition: one of the engine's own where it has one, else the library's. */
    public static Tokenizer of(TokenizerDefinition definition) {
        var own = definition.own();
        return own == null ? ofJson(definition) : own;
    }

    /**
     * The library's tokenizer, which does what the definition's tokenizer.json says.
     *
     * @throws CheckpointException when the library refuses it
     */
    public static DjlTokenizer ofJson(TokenizerDefinition definition) {
        System.setProperty("ai.djl.offline", "true");
        // Without these the library cuts texts at 512 tokens and pads batches.
        var options = Map.of("truncation", "false", "padding", "false");
        var json = new ByteArrayInputStream(definition.tokenizerJson().getBytes(StandardCharsets.UTF_8));
        try {
            return new DjlTokenizer(HuggingFaceTokenizer.newInstance(json, options), definition);
        } catch (IOException | RuntimeException e) {
            throw new CheckpointException("the tokenizer cannot be loaded: " + e.getMessage(), e);
        }
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        return ints(tokenizer.encode(text, addSpecialTokens, false).getIds());
    }

    @Override
    public Pair encodePair(String first, String second) {
        var encoding = tokenizer.encode(first, second, true, false);
        return new Pair(ints(encoding.getIds()), ints(encoding.getTypeIds()));
    }

    private static int[] ints(long[] values) {
        return LongStream.of(values).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public Set<String> specialTokens() {
        return specialTokens;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
