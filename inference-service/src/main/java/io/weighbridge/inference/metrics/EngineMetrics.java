package io.weighbridge.inference.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;
import io.weighbridge.engine.scheduler.Load;
import io.weighbridge.inference.loading.Models;
import io.weighbridge.inference.loop.ModelThread;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What the engine of each loaded model does, read when asked for. Names are those of vLLM where the meaning is the same. Meters come
 * and go with the engines. Thread-safe.
 */
@ApplicationScoped
class EngineMetrics {
    private final MeterRegistry registry;
    private final Models models;
    private final Map<ModelThread, List<Meter>> meters = new HashMap<>();

    EngineMetrics(MeterRegistry registry, Models models) {
        this.registry = registry;
        this.models = models;
    }

    void start(@Observes StartupEvent event) {
        models.watch(this::update);
        update();
    }

    private synchronized void update() {
        var threads = new HashMap<ModelThread, String>();
        for (var entry : models.all()) {
            var thread = entry.thread();
            if (thread != null) {
                threads.put(thread, entry.model());
            }
        }
        meters.entrySet().removeIf(known -> {
            boolean gone = !threads.containsKey(known.getKey());
            if (gone) {
                known.getValue().forEach(registry::remove);
            }
            return gone;
        });
        threads.forEach((thread, model) -> meters.computeIfAbsent(thread, added -> register(added, model)));
    }

    private List<Meter> register(ModelThread thread, String model) {
        var tags = Tags.of("model_name", model);
        var added = new ArrayList<Meter>();
        gauge("vllm:num_requests_running", "sequences that are computed", Load::running, thread, tags, added);
        gauge("vllm:num_requests_waiting", "sequences that wait", Load::waiting, thread, tags, added);
        gauge(
                "vllm:kv_cache_usage_perc",
                "share of the KV blocks that is held, 0 to 1",
                Load::kvUsage,
                thread,
                tags,
                added);
        gauge("weighbridge_kv_blocks", "KV blocks", Load::blocksTotal, thread, tags, added);
        gauge("weighbridge_kv_blocks_free", "KV blocks that can be handed out", Load::blocksFree, thread, tags, added);
        gauge(
                "weighbridge_engine_draining",
                "1 while new requests are refused",
                load -> load.draining() ? 1 : 0,
                thread,
                tags,
                added);
        count("vllm:prefix_cache_queries", "prompt tokens looked for", Load::prefixQueryTokens, thread, tags, added);
        count("vllm:prefix_cache_hits", "prompt tokens found", Load::prefixHitTokens, thread, tags, added);
        count("vllm:num_preemptions", "running sequences put back to wait", Load::preemptions, thread, tags, added);
        count(
                "vllm:spec_decode_num_draft_tokens",
                "tokens computed on a guess",
                Load::guessedTokens,
                thread,
                tags,
                added);
        count(
                "vllm:spec_decode_num_accepted_tokens",
                "tokens computed on a guess that was right",
                Load::guessesAccepted,
                thread,
                tags,
                added);
        return added;
    }

    private void gauge(
            String name,
            String description,
            ToDoubleFunction<Load> value,
            ModelThread thread,
            Tags tags,
            List<Meter> added) {
        added.add(Gauge.builder(name, thread, engine -> value.applyAsDouble(engine.load()))
                .description(description)
                .tags(tags)
                .register(registry));
    }

    private void count(
            String name,
            String description,
            ToDoubleFunction<Load> value,
            ModelThread thread,
            Tags tags,
            List<Meter> added) {
        added.add(FunctionCounter.builder(name, thread, engine -> value.applyAsDouble(engine.load()))
                .description(description)
                .tags(tags)
                .register(registry));
    }
}
