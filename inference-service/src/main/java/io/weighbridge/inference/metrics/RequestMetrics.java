package io.weighbridge.inference.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Times and tokens of requests. Names are those of vLLM. Thread-safe. */
@ApplicationScoped
public class RequestMetrics {
    /** From a cached prompt on a fast machine to a queue that nobody waits out. */
    private static final Duration[] REQUEST_TIMES =
            seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 640, 2560);

    private static final Duration[] TOKEN_TIMES =
            seconds(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10);

    private final MeterRegistry registry;
    private final Map<String, Model> models = new ConcurrentHashMap<>();

    public RequestMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A request for {@code model} that begins now. */
    public RequestMeter begin(String model) {
        return new RequestMeter(models.computeIfAbsent(model, name -> new Model(registry, name)));
    }

    /** The meters of one model. */
    static final class Model {
        final Timer firstToken;
        final Timer nextToken;
        final Timer whole;
        final Counter promptTokens;
        final Counter generatedTokens;
        private final MeterRegistry registry;
        private final Tags tags;

        Model(MeterRegistry registry, String model) {
            this.registry = registry;
            tags = Tags.of("model_name", model);
            firstToken = timer("vllm:time_to_first_token", "from the request to its first token", REQUEST_TIMES);
            nextToken = timer("vllm:inter_token_latency", "from a token to the next", TOKEN_TIMES);
            whole = timer("vllm:e2e_request_latency", "from the request to its end", REQUEST_TIMES);
            promptTokens = counter("vllm:prompt_tokens", "tokens of prompts, cached ones included");
            generatedTokens = counter("vllm:generation_tokens", "tokens generated");
        }

        /** @param reason stop, length, abort, refused (it was never taken) or error */
        Counter finished(String reason) {
            return Counter.builder("vllm:request_success")
                    .description("requests that ended, by reason")
                    .tags(tags.and("finished_reason", reason))
                    .register(registry);
        }

        private Timer timer(String name, String description, Duration[] bounds) {
            return Timer.builder(name)
                    .description(description)
                    .tags(tags)
                    .serviceLevelObjectives(bounds)
                    .register(registry);
        }

        private Counter counter(String name, String description) {
            return Counter.builder(name).description(description).tags(tags).register(registry);
        }
    }

    private static Duration[] seconds(double... seconds) {
        var durations = new Duration[seconds.length];
        for (int i = 0; i < seconds.length; i++) {
            durations[i] = Duration.ofNanos(Math.round(seconds[i] * 1e9));
        }
        return durations;
    }
}
