package io.weighbridge.benchmarks.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether readings stay where they are: the first third of the time is warm-up; the last third is compared with the second. */
final class Flatness {
    /**
     * How much the median may grow from one third to the next.
     *
     * @param share of what it was
     * @param more beyond that, for what comes and goes
     */
    private record Bound(double share, long more) {}

    private static final Map<String, Bound> BOUNDS = Map.of(
            "files", new Bound(0, 8),
            "threads", new Bound(0, 8),
            "heap", new Bound(0.10, 8L << 20),
            "direct", new Bound(0.10, 8L << 20),
            "resident", new Bound(0.05, 48L << 20));

    private final Map<String, List<Long>> series = new TreeMap<>();

    void add(String process, Map<String, Long> values) {
        values.forEach((name, value) -> series.computeIfAbsent(process + " " + name, _ -> new ArrayList<>())
                .add(value));
    }

    /** One sentence for each series that grew, resident memory included or not, and one for each that cannot be judged. */
    List<String> problems(boolean residentToo) {
        var problems = new ArrayList<String>();
        series.forEach((name, values) -> {
            var bound = BOUNDS.get(name.substring(name.indexOf(' ') + 1));
            if (bound == null || !residentToo && name.endsWith(" resident")) {
                return;
            }
            if (values.size() < 6) {
                problems.add("%s was read only %d times; run longer".formatted(name, values.size()));
                return;
            }
            long second = median(values, 1);
            long third = median(values, 2);
            if (third > second * (1 + bound.share()) + bound.more()) {
                problems.add("%s grew from %,d to %,d".formatted(name, second, third));
            }
        });
        return problems;
    }

    /** The medians of the three thirds of each series. */
    String table() {
        var table = new StringBuilder("%-24s %16s %16s %16s%n".formatted("median", "first third", "second", "last"));
        series.forEach((name, values) -> {
            if (values.size() >= 3) {
                table.append("%-24s %,16d %,16d %,16d%n"
                        .formatted(name, median(values, 0), median(values, 1), median(values, 2)));
            }
        });
        return table.toString();
    }

    private static long median(List<Long> values, int third) {
        var part = values.subList(values.size() * third / 3, values.size() * (third + 1) / 3).stream()
                .sorted()
                .toList();
        return part.get(part.size() / 2);
    }
}
