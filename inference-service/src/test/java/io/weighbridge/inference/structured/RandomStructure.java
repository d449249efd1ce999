package io.weighbridge.inference.structured;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weighbridge.engine.grammar.Grammar;
import io.weighbridge.engine.grammar.RandomSchemas;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * A structure that a text has to have, made at random, and somebody else's word on whether one has it.
 *
 * @param grammar makes it, or refuses
 * @param accepts what a validator, a regular expression of the JDK or a few lines of code say
 */
record RandomStructure(String source, Supplier<Grammar> grammar, Predicate<String> accepts) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final List<String> WORDS = List.of("red", "green", "Grün", "a b", "x-1", "\"q\"", "{}", "ein Haus");

    /** What a structure is made of. */
    enum Kind {
        SCHEMA,
        REGEX,
        CHOICE,
        GBNF
    }

    static RandomStructure of(Kind kind, long seed) {
        var random = new Random(seed * 0x9E3779B97F4A7C15L); // seeds side by side begin alike
        return switch (kind) {
            case SCHEMA -> schema(random);
            case REGEX -> {
                var pattern = Expression.random(random, 3).regex();
                yield new RandomStructure(
                        pattern,
                        () -> Grammar.regex(pattern),
                        Pattern.compile(pattern, Pattern.DOTALL).asMatchPredicate());
            }
            case CHOICE -> {
                var texts = new ArrayList<String>();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    texts.add(
                            WORDS.get(random.nextInt(WORDS.size())) + (random.nextBoolean() ? random.nextInt(50) : ""));
                }
                yield new RandomStructure(texts.toString(), () -> Grammar.choice(texts), texts::contains);
            }
            case GBNF -> random.nextInt(3) == 0 ? sums() : rules(random);
        };
    }

    private static RandomStructure schema(Random random) {
        var schemas = new RandomSchemas(random);
        int depth = 1 + random.nextInt(3);
        var source = random.nextInt(3) == 0 ? schemas.withDefinitions(depth) : schemas.schema(depth);
        var judge = new Judge(source);
        return new RandomStructure(source, () -> Grammar.jsonSchema(source), text -> {
            try {
                return judge.problems(JSON.readTree(text)).isEmpty();
            } catch (JsonProcessingException e) {
                return false;
            }
        });
    }

    /** Recursion; a few lines of code check it. */
    private static RandomStructure sums() {
        var grammar =
                "root ::= sum\nsum ::= product (\" + \" product)*\nproduct ::= value (\" * \" value)*\nvalue ::= [0-9]+ | \"(\" sum \")\"";
        return new RandomStructure(grammar, () -> Grammar.ebnf(grammar), text -> {
            var at = new int[1];
            return sum(text, at) && at[0] == text.length();
        });
    }

    private static boolean sum(String text, int[] at) {
        do {
            if (!value(text, at)) {
                return false;
            }
        } while (skip(text, at, " + ") || skip(text, at, " * "));
        return true;
    }

    private static boolean value(String text, int[] at) {
        if (skip(text, at, "(")) {
            return sum(text, at) && skip(text, at, ")");
        }
        int from = at[0];
        while (at[0] < text.length() && text.charAt(at[0]) >= '0' && text.charAt(at[0]) <= '9') {
            at[0]++;
        }
        return at[0] > from;
    }

    private static boolean skip(String text, int[] at, String part) {
        boolean there = text.startsWith(part, at[0]);
        at[0] += there ? part.length() : 0;
        return there;
    }

    /** Rules out of one another without recursion: a regular expression says the same. */
    private static RandomStructure rules(Random random) {
        var first = Expression.random(random, 2);
        var second = Expression.random(random, 2);
        var grammar = "root ::= \"<\" first (\"|\" second){1,3} \">\"\nfirst ::= %s\nsecond ::= %s"
                .formatted(first.gbnf(), second.gbnf());
        var pattern =
                Pattern.compile("<(?:%s)(?:\\|(?:%s)){1,3}>".formatted(first.regex(), second.regex()), Pattern.DOTALL);
        return new RandomStructure(grammar, () -> Grammar.ebnf(grammar), pattern.asMatchPredicate());
    }

    /** A regular expression and the same as the right side of a rule. */
    private record Expression(String regex, String gbnf) {
        private static final List<Expression> CLASSES = List.of(
                new Expression("[a-z]", "[a-z]"),
                new Expression("[0-9]", "[0-9]"),
                new Expression("[A-Z]", "[A-Z]"),
                new Expression("[^<>|\\n]", "[^<>|\\n]"),
                new Expression("é", "\"é\""),
                new Expression(" ", "\" \""));

        static Expression random(Random random, int depth) {
            int kind = random.nextInt(depth > 0 ? 8 : 4);
            return switch (kind) {
                case 0, 1 -> CLASSES.get(random.nextInt(CLASSES.size()));
                case 2, 3 -> {
                    var word =
                            List.of("the", "id", "Müller", "42", "a", "no way").get(random.nextInt(6));
                    yield new Expression(word, "\"" + word + "\"");
                }
                case 4, 5 -> {
                    var a = random(random, depth - 1);
                    var b = random(random, depth - 1);
                    yield new Expression(a.regex + b.regex, a.gbnf + " " + b.gbnf);
                }
                case 6 -> {
                    var a = random(random, depth - 1);
                    var b = random(random, depth - 1);
                    yield new Expression("(?:" + a.regex + "|" + b.regex + ")", "(" + a.gbnf + " | " + b.gbnf + ")");
                }
                default -> {
                    var body = random(random, depth - 1);
                    var times = List.of("+", "*", "?", "{2,5}", "{3}", "{1,40}").get(random.nextInt(6));
                    yield new Expression("(?:" + body.regex + ")" + times, "(" + body.gbnf + ")" + times);
                }
            };
        }
    }

    /** The text of token bytes; what is no UTF-8 comes out as U+FFFD, which nothing accepts by accident. */
    static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
