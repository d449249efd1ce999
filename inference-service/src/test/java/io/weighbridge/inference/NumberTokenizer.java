package io.weighbridge.inference;

import io.weighbridge.engine.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** Token id 7 is the text "7 ". Special tokens to add: a 0 in front. */
final class NumberTokenizer implements Tokenizer {
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
    public String decode(int[] tokenIds) {
        return Arrays.stream(tokenIds).mapToObj(tokenId -> tokenId + " ").collect(Collectors.joining());
    }

    @Override
    public Set<String> specialTokens() {
        return Set.of();
    }

    @Override
    public void close() {}
}
