package io.weighbridge.engine.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Automata over numbers as JSON writes them without an exponent. Each contains every way to write a value or none ({@code 1},
 * {@code 1.0}, {@code 1.00}), so that they can be intersected and subtracted as sets of values.
 */
final class Numbers {
    /** Most digits of a bound, a multiple or a constant: what a schema states beyond it is refused. */
    static final int DIGITS_MAX = 64;

    /** Largest multipleOf once its decimals are shifted away: the automaton has a state for each remainder. */
    static final int MULTIPLE_MAX = 10_000;

    private static final Regex DIGIT = Regex.chars('0', '9');
    private static final Regex WHOLE =
            Regex.or(Regex.chars('0', '0'), Regex.cat(Regex.chars('1', '9'), Regex.star(DIGIT)));
    private static final Regex SIGN = Regex.optional(Regex.chars('-', '-'));
    private static final Regex POINT = Regex.chars('.', '.');

    /** Most digits before the point, after it, and in an exponent of what is generated: others keep it in a double. */
    static final int WHOLE_DIGITS_MAX = 15;

    static final int DECIMALS_MAX = 16;
    static final int EXPONENT_DIGITS_MAX = 2;

    /** Whole numbers as they are generated. */
    static final Regex WRITTEN_INTEGER = Regex.cat(
            SIGN,
            Regex.or(
                    Regex.chars('0', '0'),
                    Regex.cat(Regex.chars('1', '9'), Regex.times(DIGIT, 0, WHOLE_DIGITS_MAX - 1))));

    private static final Regex WRITTEN_PLAIN =
            Regex.cat(WRITTEN_INTEGER, Regex.optional(Regex.cat(POINT, Regex.times(DIGIT, 1, DECIMALS_MAX))));

    /** Numbers as they are generated where nothing bounds them. Longer ones would not survive most readers, and need not end. */
    static final Regex WRITTEN = Regex.cat(
            WRITTEN_PLAIN,
            Regex.optional(Regex.cat(
                    Regex.chars('e', 'e', 'E', 'E'),
                    Regex.optional(Regex.chars('+', '+', '-', '-')),
                    Regex.times(DIGIT, 1, EXPONENT_DIGITS_MAX))));

    /** Those without an exponent. */
    static final Dfa WRITABLE = Dfa.of(WRITTEN_PLAIN, new Budget());

    /** Every number without an exponent. */
    static final Dfa PLAIN =
            Dfa.of(Regex.cat(SIGN, WHOLE, Regex.optional(Regex.cat(POINT, Regex.plus(DIGIT)))), new Budget());

    /** The whole ones among them, {@code 1.0} included. */
    static final Dfa INTEGERS = Dfa.of(
            Regex.cat(SIGN, WHOLE, Regex.optional(Regex.cat(POINT, Regex.plus(Regex.chars('0', '0'))))), new Budget());

    /** Numbers without a point. */
    static final Dfa WITHOUT_POINT = Dfa.of(Regex.cat(SIGN, WHOLE), new Budget());

    /** Numbers without a zero at the end of their decimals: one way to write each value, but for the sign of zero. */
    static final Dfa SHORTEST = Dfa.of(
            Regex.cat(SIGN, WHOLE, Regex.optional(Regex.cat(POINT, Regex.star(DIGIT), Regex.chars('1', '9')))),
            new Budget());

    private Numbers() {}

    static void check(String keyword, BigDecimal value) {
        if (value.precision() > DIGITS_MAX || Math.abs((long) value.scale()) > DIGITS_MAX) {
            throw GrammarException.limit("%s has more than %d digits".formatted(keyword, DIGITS_MAX));
        }
    }

    static Dfa atLeast(BigDecimal bound, Budget budget) {
        if (bound.signum() <= 0) {
            // Not below: everything but the negative numbers that are larger without their sign.
            return PLAIN.minus(signed(true, bound.negate(), Order.ABOVE, budget), budget);
        }
        return signed(false, bound, Order.ABOVE, budget).or(signed(false, bound, Order.EQUAL, budget), budget);
    }

    static Dfa atMost(BigDecimal bound, Budget budget) {
        return PLAIN.minus(above(bound, budget), budget);
    }

    static Dfa above(BigDecimal bound, Budget budget) {
        return atLeast(bound, budget).minus(equalTo(bound, budget), budget);
    }

    static Dfa below(BigDecimal bound, Budget budget) {
        return PLAIN.minus(atLeast(bound, budget), budget);
    }

    static Dfa equalTo(BigDecimal value, Budget budget) {
        return oneOf(List.of(value), budget);
    }

    static Dfa oneOf(Collection<BigDecimal> values, Budget budget) {
        var zeros = Regex.chars('0', '0');
        var texts = new ArrayList<Regex>();
        for (var value : values) {
            var plain = value.stripTrailingZeros().toPlainString();
            var sign = value.signum() == 0 ? SIGN : Regex.EMPTY;
            texts.add(Regex.cat(
                    sign,
                    Regex.text(plain),
                    plain.contains(".") ? Regex.star(zeros) : Regex.optional(Regex.cat(POINT, Regex.plus(zeros)))));
        }
        return Dfa.of(new Regex.Or(texts), budget);
    }

    /** How a number compares to the bound, leaving signs out. */
    private enum Order {
        BELOW,
        EQUAL,
        ABOVE
    }

    /** Numbers with or without a sign whose digits compare to {@code bound}, which is not negative, as {@code wanted}. */
    private static Dfa signed(boolean negative, BigDecimal bound, Order wanted, Budget budget) {
        return new Comparison(bound, wanted, budget).build(negative);
    }

    /** Compares digit by digit with the bound's digits. */
    private static final class Comparison {
        private final String whole;
        private final String fraction;
        private final Order wanted;
        private final Dfa.Builder builder;
        private final Map<String, Integer> states = new HashMap<>();
        private final ArrayList<Runnable> todo = new ArrayList<>();
        private final Budget budget;

        Comparison(BigDecimal bound, Order wanted, Budget budget) {
            var plain = bound.stripTrailingZeros().toPlainString();
            int point = plain.indexOf('.');
            this.whole = point < 0 ? plain : plain.substring(0, point);
            this.fraction = point < 0 ? "" : plain.substring(point + 1);
            this.wanted = wanted;
            this.budget = budget;
            this.builder = new Dfa.Builder(budget);
        }

        Dfa build(boolean negative) {
            int start = builder.state(false);
            int first = negative ? builder.state(false) : start;
            if (negative) {
                builder.transition(start, '-', '-', first);
            }
            for (int digit = 0; digit <= 9; digit++) {
                var order = compare(Order.EQUAL, digit, whole.charAt(0) - '0');
                builder.transition(first, '0' + digit, '0' + digit, digit == 0 ? zero(order) : whole(1, order));
            }
            for (int i = 0; i < todo.size(); i++) {
                todo.get(i).run();
            }
            return builder.build();
        }

        private static Order compare(Order before, int digit, int bound) {
            if (before != Order.EQUAL) {
                return before;
            }
            return digit < bound ? Order.BELOW : digit == bound ? Order.EQUAL : Order.ABOVE;
        }

        /** The order if the whole part has ended after {@code digits} digits. */
        private Order ended(int digits, Order order) {
            return digits < whole.length() ? Order.BELOW : digits > whole.length() ? Order.ABOVE : order;
        }

        /** Accepts here if the number may end: what is missing in the fraction are zeros. */
        private boolean accepts(Order order, int fractionDigits) {
            var last = order == Order.EQUAL && fractionDigits < fraction.length() ? Order.BELOW : order;
            return last == wanted;
        }

        private int state(String key, boolean accepts, Runnable transitions) {
            var known = states.get(key);
            if (known != null) {
                return known;
            }
            budget.dfaState();
            int id = builder.state(accepts);
            states.put(key, id);
            todo.add(transitions);
            return id;
        }

        private int zero(Order order) {
            var now = ended(1, order);
            int[] id = new int[1];
            id[0] = state("zero", accepts(now, 0), () -> builder.transition(id[0], '.', '.', point(now)));
            return id[0];
        }

        private int whole(int digits, Order order) {
            int counted = Math.min(digits, whole.length() + 1);
            var now = ended(counted, order);
            int[] id = new int[1];
            id[0] = state("whole" + counted + order, accepts(now, 0), () -> {
                builder.transition(id[0], '.', '.', point(now));
                for (int digit = 0; digit <= 9; digit++) {
                    var next =
                            counted < whole.length() ? compare(order, digit, whole.charAt(counted) - '0') : Order.ABOVE;
                    builder.transition(id[0], '0' + digit, '0' + digit, whole(counted + 1, next));
                }
            });
            return id[0];
        }

        private int point(Order order) {
            int[] id = new int[1];
            id[0] = state("point" + order, false, () -> digits(id[0], 0, order));
            return id[0];
        }

        private int fraction(int digits, Order order) {
            int counted = order == Order.EQUAL ? digits : 0;
            int[] id = new int[1];
            id[0] = state("fraction" + counted + order, accepts(order, digits), () -> digits(id[0], digits, order));
            return id[0];
        }

        private void digits(int from, int before, Order order) {
            for (int digit = 0; digit <= 9; digit++) {
                int bound = before < fraction.length() ? fraction.charAt(before) - '0' : 0;
                var next = compare(order, digit, bound);
                int counted = Math.min(before + 1, fraction.length());
                builder.transition(from, '0' + digit, '0' + digit, fraction(counted, next));
            }
        }
    }

    /** Multiples of a positive number. */
    static Dfa multiplesOf(BigDecimal step, Budget budget) {
        var plain = step.stripTrailingZeros();
        int decimals = Math.max(0, plain.scale());
        var scaled = plain.movePointRight(decimals).toBigIntegerExact();
        if (scaled.compareTo(BigInteger.valueOf(MULTIPLE_MAX)) > 0) {
            throw GrammarException.limit(
                    "multipleOf %s is too large: its digits without the point may come to %d at most"
                            .formatted(step.toPlainString(), MULTIPLE_MAX));
        }
        int modulus = scaled.intValueExact();
        var builder = new Dfa.Builder(budget);
        int start = builder.state(false);
        int signed = builder.state(false);
        // Then: zero, its point; (whole or fraction digits so far, remainder); a point after a remainder; zeros behind.
        int first = 2;
        int levels = decimals + 1;
        int[] shift = new int[levels + 1];
        shift[0] = 1 % modulus;
        for (int i = 1; i <= levels; i++) {
            shift[i] = shift[i - 1] * 10 % modulus;
        }
        for (int digits = 0; digits < levels; digits++) {
            for (int remainder = 0; remainder < modulus; remainder++) {
                budget.dfaState();
                builder.state((long) remainder * shift[decimals - digits] % modulus == 0);
            }
        }
        int points = first + levels * modulus;
        for (int remainder = 0; remainder < modulus; remainder++) {
            budget.dfaState();
            builder.state(false);
        }
        int zeros = builder.state(true);
        int zero = builder.state(true);
        builder.transition(start, '-', '-', signed);
        for (int from : new int[] {start, signed}) {
            builder.transition(from, '0', '0', zero);
            for (int digit = 1; digit <= 9; digit++) {
                builder.transition(from, '0' + digit, '0' + digit, first + digit % modulus);
            }
        }
        builder.transition(zero, '.', '.', points);
        for (int digits = 0; digits < levels; digits++) {
            for (int remainder = 0; remainder < modulus; remainder++) {
                int from = first + digits * modulus + remainder;
                if (digits == 0) {
                    builder.transition(from, '.', '.', points + remainder);
                }
                if (digits == 0) {
                    next(builder, from, remainder, modulus, first);
                } else if (digits < decimals) {
                    next(builder, from, remainder, modulus, first + (digits + 1) * modulus);
                } else if (remainder == 0) {
                    builder.transition(from, '0', '0', zeros);
                }
            }
        }
        for (int remainder = 0; remainder < modulus; remainder++) {
            int from = points + remainder;
            if (decimals > 0) {
                next(builder, from, remainder, modulus, first + modulus);
            } else if (remainder == 0) {
                builder.transition(from, '0', '0', zeros);
            }
        }
        builder.transition(zeros, '0', '0', zeros);
        return builder.build();
    }

    private static void next(Dfa.Builder builder, int from, int remainder, int modulus, int base) {
        for (int digit = 0; digit <= 9; digit++) {
            int to = (int) (((long) remainder * 10 + digit) % modulus);
            builder.transition(from, '0' + digit, '0' + digit, base + to);
        }
    }
}
