package io.weighbridge.inference;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All settings of the inference service. An unknown name under the prefix fails the start. Nothing may read them while Quarkus initializes statically: a mapping that
 * is safe there is taken over from there at the start, and is not found when a test with other resources starts the same application a second time.
 */
@ConfigMapping(prefix = "weighbridge.inference")
public interface InferenceConfig {
    /** Models to load at start, "owner/name" each; an empty value loads none. */
    Optional<List<String>> models();

    /** Where the registry answers. */
    @WithDefault("http://127.0.0.1:8081")
    URI registryUrl();

    /** The folder in which blobs lie as sha256/ab/hex; shared with the registry, or this replica's own copy. */
    @WithDefault(".weighbridge/blobs")
    Path blobs();

    /** Folder of this replica's own notes: the journal of what it computes. Kept across restarts, or requests that kill it are not known. */
    @WithDefault("${WEIGHBRIDGE_HOME:.weighbridge}/inference")
    Path home();

    /** How weights are held: auto, f32, bf16, stored (quantized weights as they are), int8 or int4. */
    @WithDefault("auto")
    String numerics();

    /**
     * Whether the same request with the same seed has to get the same tokens whatever runs beside it. Quantized weights always do; floats
     * then run in the kernels too, slower than in libtorch. A checkpoint that cannot be served so is refused.
     */
    @WithDefault("false")
    boolean reproducible();

    /**
     * How the numerics passport of a variant that has none comes about: {@code measure} before its first request, which takes seconds once;
     * {@code stored} never here, only by the command, and until then it is served unmeasured.
     */
    @WithDefault("measure")
    PassportMode passport();

    /** Measuring a passport ends after this; the positions compared by then count. */
    @WithDefault("30s")
    Duration passportTimeMax();

    /** A variant with a larger mean Kullback-Leibler divergence from float32, in nats, is refused. */
    @WithDefault("0.2")
    double numericsDivergenceMax();

    /** A variant that puts another token first than float32 does more often than this allows is refused; 0 to 1. */
    @WithDefault("0.75")
    double numericsAgreementMin();

    /** Serves variants outside these limits all the same. */
    @WithDefault("false")
    boolean numericsForce();

    /** When passports are measured. */
    enum PassportMode {
        MEASURE,
        STORED
    }

    /** Memory for keys and values of one model, all sequences together. */
    @WithDefault("512M")
    MemorySize kvMemory();

    /**
     * Memory of all loaded models together: weights, keys and values, scratch. When absent, {@value
     * io.weighbridge.inference.variant.Machine#MEMORY_SHARE_PERCENT} % of the machine's or container's memory.
     */
    Optional<MemorySize> memoryBudget();

    /** Threads of one forward pass; one for each processor when absent. */
    Optional<Integer> threads();

    /** Sequences of one model that are computed at once. */
    @WithDefault("8")
    int sequencesRunningMax();

    /**
     * Sequences of one model that wait; more are refused with QUEUE_FULL. A tenant with less than its share of the queue is taken
     * beyond it, up to twice as many in all.
     */
    @WithDefault("64")
    int sequencesWaitingMax();

    /** Tokens of one forward pass. */
    @WithDefault("512")
    int tokensPerStepMax();

    /** Whether requests that begin alike share what was computed. */
    @WithDefault("true")
    boolean prefixCache();

    /**
     * Whether tokens that probably come next are guessed from the text so far and computed together, where that is faster. Changes no
     * token; where the executor's logits would hang on it (libtorch), it is never done.
     */
    @WithDefault("true")
    boolean speculation();

    /**
     * Whether tenants share it among each other, too. They could then learn from cached_tokens and times what others' prompts begin
     * with.
     */
    @WithDefault("false")
    boolean prefixCacheShared();

    /** By tenant, the name of its key at the gateway: 1 to 1000; one of weight 2 gets twice the tokens when there is too little. [1] */
    Map<String, Integer> tenantWeights();

    /** Time between attempts to load a model that the registry does not have yet. */
    @WithDefault("2s")
    Duration retryEvery();

    /** Time for one answer of the registry, a blob's bytes not counted. */
    @WithDefault("10s")
    Duration registryTimeout();

    /** A thread with work that has not finished a step for so long counts as dead. */
    @WithDefault("2m")
    Duration stepStallMax();

    /** Ends the process when a thread counts as dead, so that its supervisor starts it again. */
    @WithDefault("true")
    boolean exitWhenDead();

    /** Time that a model's running streams get to finish when it is unloaded. */
    @WithDefault("25s")
    Duration unloadDrainMax();

    /** Time that running streams get to finish when the service stops. */
    @WithDefault("25s")
    Duration drainMax();
}
