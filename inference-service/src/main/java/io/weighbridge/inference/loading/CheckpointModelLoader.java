package io.weighbridge.inference.loading;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.encoder.Encoders;
import io.weighbridge.engine.encoder.InputEncoder;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.chat.TemplateChatEncoder;
import io.weighbridge.inference.djl.DjlBackEnd;
import io.weighbridge.inference.djl.DjlTokenizer;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.EncoderExecutors;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.loop.EncoderThread;
import io.weighbridge.inference.variant.EncoderNumerics;
import io.weighbridge.inference.variant.Machine;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** Loads checkpoints that the registry lists, from the blob folder, into the executor that suits them. Thread-safe. */
@ApplicationScoped
class CheckpointModelLoader implements ModelLoader {
    private final InferenceConfig config;
    private final RegistryClient registry;
    private final BlobFolder blobs;
    private final Passports passports;
    private final Machine machine = Machine.here();

    CheckpointModelLoader(InferenceConfig config, RegistryClient registry) {
        this.config = config;
        this.registry = registry;
        this.blobs = new BlobFolder(config.blobs());
        this.passports = new Passports(config);
    }

    @Override
    public void startBackEnd() {
        DjlBackEnd.start(threads());
    }

    @Override
    public boolean isBackEndStarted() {
        return DjlBackEnd.isStarted();
    }

    @Override
    public Loaded load(String model, ModelMemory memory) {
        var listed = registry.checkpoint(model);
        Checkpoint checkpoint = null;
        try {
            var files = files(listed);
            checkpoint = Checkpoints.open(files);
            blobs.confirm(files.values());
            return Encoders.isEncoder(checkpoint)
                    ? encoder(model, listed.weightsDigest(), checkpoint, memory)
                    : loaded(model, listed.weightsDigest(), checkpoint, memory);
        } catch (RuntimeException e) {
            if (checkpoint != null) {
                checkpoint.close();
            }
            throw e instanceof CheckpointException
                    ? new InferenceException(
                            ErrorCode.CHECKPOINT_UNUSABLE,
                            "the checkpoint of '%s' cannot be used: %s".formatted(model, e.getMessage()),
                            e)
                    : e;
        }
    }

    private LoadedModel loaded(String model, String weightsDigest, Checkpoint checkpoint, ModelMemory memory) {
        var decoder = Decoders.of(checkpoint);
        var definition = TokenizerDefinitions.of(checkpoint.metadata());
        var numerics = numerics(decoder, memory.availableBytes());
        var passport = new AtomicReference<Passport>(new Passport.NotMeasured("the model is still loading"));
        var tokenizer = new SharedTokenizer(DjlTokenizer.of(definition));
        try {
            return new LoadedModel(
                    model,
                    weightsDigest,
                    numerics,
                    tokenizer,
                    TemplateChatEncoder.of(model, definition, tokenizer),
                    definition.endTokenIds(),
                    () -> {
                        var runner = runner(decoder, numerics.numerics());
                        try {
                            passport.set(passports.check(
                                    model,
                                    weightsDigest,
                                    numerics.numerics(),
                                    decoder,
                                    runner,
                                    tokenizer,
                                    memory,
                                    threads()));
                            return runner;
                        } catch (RuntimeException e) {
                            runner.close();
                            throw e;
                        }
                    },
                    passport::get,
                    checkpoint::close);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private LoadedEncoder encoder(String model, String weightsDigest, Checkpoint checkpoint, ModelMemory memory) {
        var encoder = Encoders.of(checkpoint);
        var numerics =
                EncoderNumerics.of(config.numerics(), encoder, EncoderThread.STEP_TOKENS_MAX, memory.availableBytes());
        var tokenizer = new SharedTokenizer(DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata())));
        var passport = numerics.numerics() == Numerics.F32
                ? new Passport.Exact()
                : new Passport.NotMeasured("passports are of next tokens, which an encoder has none of");
        return new LoadedEncoder(
                model,
                weightsDigest,
                numerics,
                encoder,
                tokenizer,
                new InputEncoder(tokenizer, encoder),
                () -> EncoderExecutors.load(encoder, numerics.numerics(), threads()),
                () -> passport,
                checkpoint::close);
    }

    private ModelRunner runner(Decoder decoder, Numerics numerics) {
        int places = kvPlaces(decoder.spec());
        int longest = Math.min(places, decoder.spec().contextLength());
        return Executors.load(decoder.servedUpTo(longest), numerics, config.reproducible(), places, threads());
    }

    private Map<String, Path> files(RegistryClient.Checkpoint listed) {
        var wanted = listed.files().stream()
                .map(file -> new BlobFolder.Wanted(file.digest(), file.sizeBytes()))
                .toList();
        var verified = blobs.files(wanted, registry::blob);
        var files = new LinkedHashMap<String, Path>();
        for (int i = 0; i < wanted.size(); i++) {
            files.put(listed.files().get(i).path(), verified.get(i));
        }
        return files;
    }

    private int kvPlaces(DecoderSpec spec) {
        int places = MemoryNeed.kvPlaces(spec, config.kvMemory().asLongValue(), config.sequencesRunningMax());
        if (places < 2) {
            throw new InferenceException(
                    ErrorCode.CHECKPOINT_UNUSABLE,
                    "one token's keys and values take %d bytes; raise weighbridge.inference.kv-memory"
                            .formatted(MemoryNeed.kvBytesPerToken(spec)));
        }
        return places;
    }

    private NumericsChoice numerics(Decoder decoder, long availableBytes) {
        var workload = new MemoryNeed.Workload(
                kvPlaces(decoder.spec()), config.tokensPerStepMax(), config.sequencesRunningMax(), threads());
        try {
            return NumericsChoice.of(
                    config.numerics(), config.reproducible(), decoder, workload, availableBytes, machine);
        } catch (IllegalArgumentException e) {
            throw new InferenceException(ErrorCode.CHECKPOINT_UNUSABLE, String.valueOf(e.getMessage()), e);
        }
    }

    private int threads() {
        return config.threads().orElseGet(() -> Runtime.getRuntime().availableProcessors());
    }
}
