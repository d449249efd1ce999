package io.weighbridge.engine.grammar;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Measures what masks cost over a real vocabulary. Argument: a GGUF file. For each grammar several texts are written, each with
 * random tokens under the mask; the first text of a new grammar is cold. Prints microseconds for each step (mask and advance).
 */
public final class GrammarSpeed {
    private static final int TEXTS = 40;
    private static final int TOKENS_MAX = 300;

    private GrammarSpeed() {}

    public static void main(String[] arguments) {
        var definition =
                TokenizerDefinitions.of(Checkpoints.open(Path.of(arguments[0])).metadata());
        long start = System.nanoTime();
        var vocabulary = GrammarVocabulary.of(definition.vocabulary(), definition.endTokenIds());
        System.out.printf(Locale.ROOT, "vocabulary of %d: %.1f ms%n", vocabulary.size(), since(start) / 1e6);
        start = System.nanoTime();
        var _ = new GrammarCache(vocabulary);
        System.out.printf(Locale.ROOT, "common masks: %.1f ms%n", since(start) / 1e6);
        measure("json", List.of(Grammar.jsonObject()), vocabulary);
        measure(
                "person",
                List.of(
                        Grammar.jsonSchema(
                                "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":80},\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":150},"
                                        + "\"email\":{\"type\":\"string\",\"format\":\"email\"},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"maxItems\":10},"
                                        + "\"kind\":{\"enum\":[\"admin\",\"user\",\"guest\"]},\"born\":{\"type\":\"string\",\"format\":\"date\"},\"score\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1}},"
                                        + "\"required\":[\"name\",\"age\",\"tags\",\"kind\",\"born\",\"score\"],\"additionalProperties\":false}")),
                vocabulary);
        measure(
                "long string",
                List.of(Grammar.jsonSchema("{\"type\":\"string\",\"minLength\":400,\"maxLength\":2000}")),
                vocabulary);
        measure("regex", List.of(Grammar.regex("[A-Z][a-z]+( [A-Z][a-z]+){0,40}: [0-9]{3}-[0-9]{4}")), vocabulary);
        measure(
                "expressions",
                List.of(
                        Grammar.ebnf(
                                "root ::= sum\nsum ::= product (\" + \" product)*\nproduct ::= value (\" * \" value)*\nvalue ::= [0-9]+ | \"(\" sum \")\"")),
                vocabulary);
    }

    private static long since(long start) {
        return System.nanoTime() - start;
    }

    private static void measure(String name, List<Grammar> grammars, GrammarVocabulary vocabulary) {
        for (var grammar : grammars) {
            long start = System.nanoTime();
            var compiled = grammar.compile(vocabulary);
            double compile = since(start) / 1e6;
            var random = new Random(1);
            var bits = new long[compiled.maskLength()];
            var cold = new ArrayList<Long>();
            var warm = new ArrayList<Long>();
            for (int text = 0; text < TEXTS; text++) {
                var state = compiled.start();
                for (int step = 0; step < TOKENS_MAX && !state.isComplete(); step++) {
                    start = System.nanoTime();
                    state.mask(bits, TOKENS_MAX - step);
                    long mask = since(start);
                    int id = pick(bits, random);
                    start = System.nanoTime();
                    state.advance(id);
                    (text == 0 ? cold : warm).add(mask + since(start));
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-12s compile %6.1f ms; first text: %d steps, mean %7.1f us, worst %8.1f; later: %d steps, mean %6.1f us, median %5.1f, 99%% %7.1f%n",
                    name,
                    compile,
                    cold.size(),
                    mean(cold),
                    cold.stream().max(Long::compare).orElse(0L) / 1e3,
                    warm.size(),
                    mean(warm),
                    quantile(warm, 0.5),
                    quantile(warm, 0.99));
        }
    }

    private static int pick(long[] bits, Random random) {
        int count = Arrays.stream(bits).mapToInt(Long::bitCount).sum();
        int left = random.nextInt(count);
        for (int word = 0; word < bits.length; word++) {
            int here = Long.bitCount(bits[word]);
            if (left >= here) {
                left -= here;
                continue;
            }
            long rest = bits[word];
            for (; left > 0; left--) {
                rest &= rest - 1;
            }
            return (word << 6) + Long.numberOfTrailingZeros(rest);
        }
        throw new IllegalStateException("the mask is empty");
    }

    private static double mean(List<Long> times) {
        return times.stream().mapToLong(Long::longValue).average().orElse(0) / 1e3;
    }

    private static double quantile(List<Long> times, double share) {
        var sorted = times.stream().sorted().toList();
        return sorted.isEmpty() ? 0 : sorted.get((int) (share * (sorted.size() - 1))) / 1e3;
    }
}
