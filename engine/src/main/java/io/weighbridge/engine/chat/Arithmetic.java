package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Python's arithmetic on integers (of 64 bits here), floats, strings and lists. */
final class Arithmetic {
    private Arithmetic() {}

    static long integer(Object number) {
        return number instanceof Boolean flag ? (flag ? 1 : 0) : (Long) number;
    }

    static double real(Object number) {
        return number instanceof Double real ? real : integer(number);
    }

    static Object apply(String operator, Object left, Object right, Budget budget) {
        if (Values.isNumber(left) && Values.isNumber(right)) {
            try {
                return left instanceof Double || right instanceof Double
                        ? onReals(operator, real(left), real(right))
                        : onIntegers(operator, integer(left), integer(right));
            } catch (ArithmeticException _) {
                throw TemplateException.evaluation(
                        "%s %s %s has no result of 64 bits".formatted(Values.text(left), operator, Values.text(right)));
            }
        }
        if (left instanceof Markup || right instanceof Markup) {
            return onMarkup(operator, left, right, budget);
        }
        if (operator.equals("+")) {
            return sum(left, right, budget);
        }
        if (operator.equals("%") && left instanceof String pattern) {
            return PercentFormat.format(pattern, right, budget);
        }
        if (operator.equals("*") && (left instanceof Long || right instanceof Long)) {
            return left instanceof Long count ? repeated(right, count, budget) : repeated(left, (Long) right, budget);
        }
        throw unsupported(operator, left, right);
    }

    private static TemplateException unsupported(String operator, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            return undefined.error();
        }
        if (right instanceof Undefined undefined) {
            return undefined.error();
        }
        return TemplateException.evaluation("'%s' does not work between %s and %s"
                .formatted(operator, Values.typeName(left), Values.typeName(right)));
    }

    static Object signed(boolean negative, Object value) {
        return switch (value) {
            case Double number -> negative ? -number : number;
            case Long number when number == Long.MIN_VALUE -> throw TemplateException.evaluation("integer too large");
            case Long number -> negative ? -number : number;
            case Boolean flag -> negative ? -integer(flag) : integer(flag);
            case Undefined undefined -> throw undefined.error();
            default -> throw TemplateException.evaluation("a sign before " + Values.typeName(value));
        };
    }

    private static Object onIntegers(String operator, long left, long right) {
        return switch (operator) {
            case "+" -> Math.addExact(left, right);
            case "-" -> Math.subtractExact(left, right);
            case "*" -> Math.multiplyExact(left, right);
            case "/" -> {
                if (right == 0) {
                    throw new ArithmeticException();
                }
                yield (double) left / right;
            }
            case "//" -> {
                if (left == Long.MIN_VALUE && right == -1) {
                    throw new ArithmeticException();
                }
                yield Math.floorDiv(left, right);
            }
            case "%" -> Math.floorMod(left, right);
            default -> right < 0 ? (Object) Math.pow(left, right) : (Object) power(left, right);
        };
    }

    private static long power(long base, long exponent) {
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1 : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1 : -1;
        }
        long power = 1;
        for (long i = 0; i < exponent; i++) {
            power = Math.multiplyExact(power, base);
        }
        return power;
    }

    private static Object onReals(String operator, double left, double right) {
        if (right == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new ArithmeticException();
        }
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / right;
            case "//" -> Math.floor(left / right);
            case "%" -> left - right * Math.floor(left / right);
            default -> Math.pow(left, right);
        };
    }

    private static Object sum(Object left, Object right, Budget budget) {
        if (left instanceof String a && right instanceof String b) {
            budget.characters((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return joined(a, b, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return new Tuple(joined(a.items(), b.items(), budget));
        }
        throw unsupported("+", left, right);
    }

    /** What is added to markup is escaped. */
    private static Object onMarkup(String operator, Object left, Object right, Budget budget) {
        boolean isText = (left instanceof String || left instanceof Markup)
                && (right instanceof String || right instanceof Markup);
        if (operator.equals("+") && isText) {
            return new Markup(budget.text(Markup.escaped(left) + Markup.escaped(right)));
        }
        return apply(operator, Markup.plain(left), Markup.plain(right), budget);
    }

    private static List<Object> joined(List<?> a, List<?> b, Budget budget) {
        budget.steps((long) a.size() + b.size());
        var all = new ArrayList<Object>(a);
        all.addAll(b);
        return all;
    }

    private static Object repeated(Object value, long count, Budget budget) {
        long times = Math.max(0, count);
        return switch (value) {
            case String text -> {
                if (text.isEmpty()) {
                    yield text;
                }
                budget.characters(times > ChatTemplate.OUTPUT_CHARACTERS_MAX ? times : times * text.length());
                yield text.repeat((int) times);
            }
            case List<?> list -> repeated(list, times, budget);
            case Tuple tuple -> new Tuple(repeated(tuple.items(), times, budget));
            default -> throw unsupported("*", value, count);
        };
    }

    private static List<Object> repeated(List<?> list, long times, Budget budget) {
        if (list.isEmpty()) {
            return List.of();
        }
        budget.steps(times > ChatTemplate.STEPS_MAX ? times : times * list.size());
        var all = new ArrayList<Object>();
        Collections.nCopies((int) times, list).forEach(all::addAll);
        return all;
    }
}
