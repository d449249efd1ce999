package io.weighbridge.inference;

import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.engine.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** Token id 7 is the text "7 ". Special tokens to add: a 0 in front. */
final class NumberTokenizer implements Tokenizer {
    private static final Vocabulary VOCABULARY =
            Vocabulary.of(100_000, false, tokenId -> (tokenId + " ").getBytes(StandardCharsets.UTF_8));

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        var numbers = text.isBlank()
                ? new int[0]
                : Arrays.stream(text.strip().split("\\s+"))
                        .mapToInt(Integer::parseInt)
                        .toArray();
        if (!addSpecialTokens || numbers.length == 0) {
            return numbers;
        }
        var withBegin = new int[numbers.length + 1];
        System.arraycopy(numbers, 0, withBegin, 1, numbers.length);
        return withBegin;
    }

    @Override
    public Set<String> specialTokens() {
        return Set.of();
    }

    @Override
    public Vocabulary vocabulary() {
        return VOCABULARY;
    }

    @Override
    public void close() {}
}
