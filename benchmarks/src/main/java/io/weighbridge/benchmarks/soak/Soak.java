package io.weighbridge.benchmarks.soak;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Keeps many mixed requests going for some minutes, cancels some at random, and reads meanwhile what each process holds. Fails, with a
 * sentence for each reason, when something grows, a request has no end or an unforeseen one, a block of KV memory is not given back, or the
 * replica has counted other ends than the clients.
 */
public final class Soak {
    private static final Duration READ_EVERY = Duration.ofSeconds(4);
    /** After the last request everything must be at rest by then. */
    private static final Duration REST_MAX = Duration.ofSeconds(30);

    /** Resident memory grows until all of the KV memory was used once and all code is compiled: in a shorter run it is not judged. */
    private static final double RESIDENT_MINUTES_MIN = 5;

    private static final int EXAMPLES_MAX = 5;
    /** Where the queue was full. */
    private static final Duration REFUSED_PAUSE = Duration.ofSeconds(1);

    private static final Pattern ENDED = Pattern.compile(
            "vllm:request_success_total\\{[^}]*finished_reason=\"([a-z]+)\"[^}]*} ([0-9.E]+)", Pattern.MULTILINE);

    private final Map<String, String> options;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());
    private final Map<Caller.End, Integer> ends = new EnumMap<>(Caller.End.class);
    private final Map<String, Integer> kinds = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private int unanswered;
    private int invalid;
    private volatile boolean over;

    private Soak(Map<String, String> options) {
        this.options = options;
    }

    public static void main(String[] arguments) throws Exception {
        var options = new HashMap<String, String>(Map.of("streams", "64", "seed", "1", "encoder", ""));
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i].replaceFirst("^--", ""), arguments[i + 1]);
        }
        var soak = new Soak(options);
        soak.run();
        soak.problems.forEach(problem -> System.out.println("FAILED " + problem));
        System.out.println(soak.problems.isEmpty() ? "flat: nothing grew, every request has its end" : "");
        System.exit(soak.problems.isEmpty() ? 0 : 1);
    }

    private void run() throws Exception {
        var end = Instant.now().plusSeconds(Math.round(60 * Double.parseDouble(option("minutes"))));
        var before = ended();
        var flatness = new Flatness();
        var processes = new TreeMap<String, Gauges>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var process : option("processes").split(",")) {
                var parts = process.split("=");
                processes.put(parts[0], new Gauges(Long.parseLong(parts[1])));
            }
            var running = new ArrayList<Future<?>>();
            for (int i = 0; i < Integer.parseInt(option("streams")); i++) {
                var mix = new Mix(Long.parseLong(option("seed")) * 1000 + i, option("model"), option("encoder"));
                running.add(callers.submit(() -> keepCalling(mix)));
            }
            while (Instant.now().isBefore(end)) {
                Thread.sleep(READ_EVERY);
                for (var process : processes.entrySet()) {
                    flatness.add(process.getKey(), process.getValue().read());
                }
            }
            over = true;
            for (var caller : running) {
                try {
                    caller.get(2 * Caller.END_MAX.toSeconds(), TimeUnit.SECONDS);
                } catch (java.util.concurrent.ExecutionException e) {
                    problems.add("a caller failed: " + e.getCause());
                }
            }
        } finally {
            for (var process : processes.values()) {
                process.close();
            }
        }
        problems.addAll(flatness.problems(Double.parseDouble(option("minutes")) >= RESIDENT_MINUTES_MIN));
        checkRest();
        checkCounts(before);
        System.out.print(flatness.table());
        System.out.println("requests by kind: " + kinds);
        System.out.println("requests by end:  " + ends);
    }

    private Void keepCalling(Mix mix) throws InterruptedException {
        var caller = new Caller(http, URI.create(option("gateway")), option("key"), timers);
        while (!over) {
            var request = mix.next();
            var outcome = caller.call(request);
            note(request, outcome);
            if (outcome.end() == Caller.End.REFUSED) {
                Thread.sleep(REFUSED_PAUSE);
            }
        }
        return null;
    }

    private synchronized void note(Mix.Request request, Caller.Outcome outcome) {
        ends.merge(outcome.end(), 1, Integer::sum);
        kinds.merge(request.kind(), 1, Integer::sum);
        if (outcome.end() == Caller.End.CANCELLED && !outcome.answered()) {
            unanswered++;
        }
        if (!request.valid()) {
            invalid++;
        }
        boolean foreseen = request.valid()
                ? outcome.end() == Caller.End.DONE
                        || outcome.end() == Caller.End.CANCELLED
                        || outcome.detail().startsWith("429 ")
                : outcome.end() == Caller.End.REFUSED;
        if (!foreseen && problems.size() < EXAMPLES_MAX) {
            problems.add("%s ended as %s: %s".formatted(request.kind(), outcome.end(), outcome.detail()));
        }
    }

    /** Nothing runs, nothing waits, and all blocks are free. */
    private void checkRest() throws IOException, InterruptedException {
        var limit = Instant.now().plus(REST_MAX);
        while (true) {
            var metrics = metrics();
            double busy = sum(metrics, "vllm:num_requests_running") + sum(metrics, "vllm:num_requests_waiting");
            double held = sum(metrics, "weighbridge_kv_blocks") - sum(metrics, "weighbridge_kv_blocks_free");
            if (busy == 0 && held == 0) {
                System.out.printf("at rest, all %.0f KV blocks are free%n", sum(metrics, "weighbridge_kv_blocks"));
                return;
            }
            if (Instant.now().isAfter(limit)) {
                problems.add("%.0f requests and %.0f KV blocks were still held %s after the last end"
                        .formatted(busy, held, REST_MAX));
                return;
            }
            Thread.sleep(200);
        }
    }

    /** The replica has seen all but those that were invalid or left before they were answered, and each once. */
    private void checkCounts(Map<String, Double> before) throws IOException, InterruptedException {
        var after = ended();
        before.forEach((reason, count) -> after.merge(reason, -count, Double::sum));
        System.out.println("counted by the replica: " + after);
        double seen = after.values().stream().mapToDouble(Double::doubleValue).sum();
        double whole = after.getOrDefault("stop", 0.0) + after.getOrDefault("length", 0.0);
        int total = ends.values().stream().mapToInt(Integer::intValue).sum();
        int done = ends.getOrDefault(Caller.End.DONE, 0);
        int cancelled = ends.getOrDefault(Caller.End.CANCELLED, 0);
        if (seen > total - invalid || seen < total - invalid - unanswered) {
            problems.add(
                    "the clients count %d requests, %d of them invalid, %d cancelled before an answer; the replica counts %.0f"
                            .formatted(total, invalid, unanswered, seen));
        }
        // A client may leave when the last token is under way.
        if (whole < done || whole > done + cancelled) {
            problems.add("the clients count %d done and %d cancelled; the replica counts %.0f whole"
                    .formatted(done, cancelled, whole));
        }
        double refused = after.getOrDefault("refused", 0.0);
        int told = ends.getOrDefault(Caller.End.REFUSED, 0) - invalid;
        if (refused < told || refused > told + cancelled) {
            problems.add("the clients count %d refused; the replica %.0f".formatted(told, refused));
        }
        if (after.getOrDefault("error", 0.0) != 0) {
            problems.add("the replica counts errors: " + after);
        }
    }

    private Map<String, Double> ended() throws IOException, InterruptedException {
        var ended = new TreeMap<String, Double>();
        var matcher = ENDED.matcher(metrics());
        while (matcher.find()) {
            ended.merge(matcher.group(1), Double.valueOf(matcher.group(2)), Double::sum);
        }
        return ended;
    }

    private String metrics() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(option("inference")).resolve("/q/metrics"))
                .header("Accept", "text/plain")
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private static double sum(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private String option(String name) {
        var value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }
}
