package io.weighbridge.inference.loading;

import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.variant.Passport;
import io.weighbridge.inference.variant.PassportMeter;
import io.weighbridge.inference.variant.PassportStore;
import java.io.IOException;
import java.util.Locale;
import org.jboss.logging.Logger;

/** The numerics passport of each variant that is loaded: found, or measured once, and enforced. Thread-safe. */
final class Passports {
    private static final Logger LOG = Logger.getLogger(Passports.class);

    private final InferenceConfig config;
    private final PassportStore store;

    Passports(InferenceConfig config) {
        this.config = config;
        this.store = new PassportStore(config.blobs());
    }

    /**
     * The passport of a variant that has just come into memory. Called by the thread that runs it, before its first request.
     *
     * @throws InferenceException NUMERICS_REFUSED when it is outside the limits and not forced
     */
    Passport check(
            String model,
            String weightsDigest,
            Numerics numerics,
            Decoder decoder,
            ModelRunner runner,
            Tokenizer tokenizer,
            ModelMemory memory,
            int threads) {
        if (Executors.holdsExactly(decoder, numerics, config.reproducible())) {
            return new Passport.Exact();
        }
        // Floats are computed in another executor where they are reproducible.
        boolean moved = config.reproducible() && numerics == Numerics.BF16;
        var key = new Passport.Key(weightsDigest, numerics.label() + (moved ? "-reproducible" : ""), Executors.VERSION);
        var known = store.find(key);
        var passport = known.isPresent()
                ? known.get()
                : switch (config.passport()) {
                    case MEASURE -> measure(model, key, decoder, runner, tokenizer, memory, threads);
                    case STORED ->
                        new Passport.NotMeasured(
                                "make one with ./weighbridge passport, or set weighbridge.inference.passport=measure");
                };
        if (passport instanceof Passport.Measured measured) {
            var limits = new Passport.Limits(config.numericsDivergenceMax(), config.numericsAgreementMin());
            enforce(model, numerics, measured, limits, config.numericsForce());
        }
        LOG.infof("model %s, numerics %s: %s", model, numerics.label(), passport.describe());
        return passport;
    }

    private Passport measure(
            String model,
            Passport.Key key,
            Decoder decoder,
            ModelRunner runner,
            Tokenizer tokenizer,
            ModelMemory memory,
            int threads) {
        long bytes = PassportMeter.referenceNeed(decoder, threads).total();
        var loan = memory.borrow("the passport of " + model, bytes);
        if (loan.isEmpty()) {
            return new Passport.NotMeasured("its float32 reference needs %s, %s of the memory budget are free"
                    .formatted(MemoryNeed.mebibytes(bytes), MemoryNeed.mebibytes(memory.freeBytes())));
        }
        try (var _ = loan.get()) {
            var passport = PassportMeter.measure(runner, decoder, tokenizer, threads, config.passportTimeMax());
            store.put(key, passport);
            return passport;
        } catch (IOException e) {
            LOG.warnf("the passport of %s cannot be kept, it will be measured again: %s", model, e.toString());
            return new Passport.NotMeasured("it cannot be kept: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            return new Passport.NotMeasured(String.valueOf(e.getMessage()));
        }
    }

    /** Refuses a variant outside {@code limits} unless that is forced; then it is only said. */
    static void enforce(
            String model, Numerics numerics, Passport.Measured measured, Passport.Limits limits, boolean force) {
        if (measured.within(limits)) {
            return;
        }
        var message = String.format(
                Locale.ROOT,
                "numerics %s change the answers of '%s' too much: %s; the limits are a mean of %s and %.1f %%",
                numerics.label(),
                model,
                measured.describe(),
                limits.meanDivergenceMax(),
                100 * limits.topAgreementMin());
        if (!force) {
            throw new InferenceException(
                    ErrorCode.NUMERICS_REFUSED,
                    message
                            + "; set wider weighbridge.inference.numerics, or numerics-force=true to serve it all the same");
        }
        LOG.warn(message + "; served all the same, as numerics-force is set");
    }
}
