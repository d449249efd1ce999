package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Threshold;
import io.weighbridge.license.terms.Threshold.Metric;
import io.weighbridge.license.terms.Threshold.Scope;
import java.time.YearMonth;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Numbers about the operator, by what is counted. Contradictions are refused, so that each question has one answer. */
public record Numbers(Map<Metric, Series> byMetric) {
    public static final Numbers UNKNOWN = new Numbers(Map.of());

    public Numbers {
        byMetric =
                Collections.unmodifiableMap(byMetric.isEmpty() ? new EnumMap<>(Metric.class) : new EnumMap<>(byMetric));
        byMetric.forEach((metric, series) -> series.requireConsistent(metric));
    }

    /**
     * One number over time. Any part may be unknown.
     *
     * @param group now (the last full period), the operator and everything under common control
     * @param product now, the product that uses the models
     * @param mostEver the group's number was never above this, up to and including now
     * @param groupInMonth the group's number in past months
     */
    public record Series(
            @Nullable Long group,
            @Nullable Long product,
            @Nullable Long mostEver,
            Map<YearMonth, Long> groupInMonth) {
        public static final Series UNKNOWN = new Series(null, null, null, Map.of());

        public Series {
            groupInMonth = Collections.unmodifiableMap(new TreeMap<>(groupInMonth));
        }

        private void requireConsistent(Metric metric) {
            require(metric, "group", group, mostEver, "mostEver");
            require(metric, "product", product, mostEver, "mostEver");
            require(metric, "product", product, group, "group");
            groupInMonth.forEach((month, value) -> require(metric, month.toString(), value, mostEver, "mostEver"));
        }

        private static void require(Metric metric, String part, @Nullable Long value, @Nullable Long most, String of) {
            var name = metric.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
            if (value != null && value < 0) {
                throw new IllegalArgumentException("%s, %s: cannot be negative: %d".formatted(name, part, value));
            }
            if (value != null && most != null && value > most) {
                throw new IllegalArgumentException(
                        "%s: %s is %d, which is above %s (%d)".formatted(name, part, value, of, most));
            }
        }
    }

    /**
     * Whether the number is above the threshold.
     *
     * @param released month in which the model was released, if known
     */
    Answer above(Threshold threshold, @Nullable YearMonth released) {
        var series = byMetric.get(threshold.metric());
        if (series == null) {
            return Answer.UNKNOWN;
        }
        var most = threshold.most();
        var value = value(series, threshold, released);
        if (value != null) {
            return Answer.of(value > most);
        }
        if (series.mostEver() != null && series.mostEver() <= most) {
            return Answer.NO;
        }
        if (threshold.tested().isPast()) {
            return Answer.UNKNOWN;
        }
        var group = series.group();
        var product = series.product();
        if (threshold.scope() == Scope.PRODUCT && group != null && group <= most) {
            return Answer.NO;
        }
        return threshold.scope() == Scope.GROUP && product != null && product > most ? Answer.YES : Answer.UNKNOWN;
    }

    /** The number that the threshold asks for, or null when it was not declared. */
    @Nullable
    Long value(Threshold threshold, @Nullable YearMonth released) {
        var series = byMetric.getOrDefault(threshold.metric(), Series.UNKNOWN);
        return value(series, threshold, released);
    }

    private static @Nullable Long value(Series series, Threshold threshold, @Nullable YearMonth released) {
        return switch (threshold.tested()) {
            case ONCE ->
                threshold.month() == null ? null : series.groupInMonth().get(threshold.month());
            case BEFORE_RELEASE ->
                released == null ? null : series.groupInMonth().get(released.minusMonths(1));
            case MONTHLY, ANNUALLY, CONTINUOUSLY ->
                threshold.scope() == Scope.GROUP ? series.group() : series.product();
        };
    }
}
