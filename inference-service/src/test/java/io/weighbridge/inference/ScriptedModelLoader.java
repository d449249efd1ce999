package io.weighbridge.inference;

import io.weighbridge.engine.chat.ChatMessage;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.encoder.Encoders;
import io.weighbridge.engine.encoder.GoldenClassifier;
import io.weighbridge.engine.encoder.GoldenEncoder;
import io.weighbridge.engine.encoder.InputEncoder;
import io.weighbridge.engine.encoder.ReferenceEncoder;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.chat.ChatEncoder.Prompt;
import io.weighbridge.inference.djl.DjlTokenizer;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.loading.Loaded;
import io.weighbridge.inference.loading.LoadedEncoder;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.inference.loading.ModelLoader;
import io.weighbridge.inference.loading.ModelMemory;
import io.weighbridge.inference.loading.SharedTokenizer;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Models without weights. {@code test/scripted} counts on from the last token of its prompt, and end after {@link #END};
 * {@code test/endless} and {@code test/forever} do not end; {@code test/broken} fails in its first step.
 * {@code test/encoder} and {@code test/cross} are the engine's tiny encoders. {@code test/starter} and
 * {@code test/starter-hermes} are the real starter model.
 */
@Alternative
@Priority(1)
@ApplicationScoped
public class ScriptedModelLoader implements ModelLoader {
    public static final int VOCABULARY = 100;
    public static final int CONTEXT = 50_000;
    public static final int END = 99;
    /** What each of these models is said to take. */
    public static final long MODEL_BYTES = 1 << 20;

    private static final int KV_BLOCKS = 8 * CONTEXT / ModelRunner.KV_BLOCK_TOKENS;

    @Override
    public void startBackEnd() {}

    @Override
    public boolean isBackEndStarted() {
        return true;
    }

    @Override
    public Loaded load(String model, ModelMemory memory) {
        return switch (model) {
            case "test/scripted" -> loaded(model, () -> counting(VOCABULARY));
            case "test/one", "test/two", "test/three" -> loaded(model, () -> counting(VOCABULARY));
            case "test/endless", "test/forever" -> loaded(model, () -> counting(END));
            case "test/starter" -> StarterModelLoader.load(model, false);
            case "test/starter-hermes" -> StarterModelLoader.load(model, true);
            case "test/broken" ->
                loaded(
                        model,
                        () -> new ScriptedModelRunner(VOCABULARY, CONTEXT, KV_BLOCKS, ids -> {
                            throw new IllegalStateException("out of paper");
                        }));
            case "test/encoder" -> encoder(model, checkpoint(GoldenEncoder.path("bert-mean")));
            case "test/cross" -> encoder(model, checkpoint(GoldenClassifier.path("bert-cross")));
            default -> throw new InferenceException(ErrorCode.MODEL_NOT_FOUND, "no model '%s'".formatted(model));
        };
    }

    private static ModelRunner counting(int modulus) {
        return new ScriptedModelRunner(VOCABULARY, CONTEXT, KV_BLOCKS, ids -> (ids[ids.length - 1] + 1) % modulus);
    }

    /** A model of this process that runs what {@code runner} makes. */
    public static LoadedModel loaded(String model, Supplier<ModelRunner> runner) {
        var tokenizer = new SharedTokenizer(new NumberTokenizer());
        return new LoadedModel(
                model,
                "sha256:" + "0".repeat(64),
                new NumericsChoice(Numerics.F32, "f32 as scripted", new MemoryNeed(MODEL_BYTES, 0, 0, 0), true),
                tokenizer,
                chat -> new Prompt(chat(chat.messages(), tokenizer), null),
                Set.of(END),
                runner,
                Passport.Exact::new,
                () -> {});
    }

    /** An encoder of the engine's test resources, computed by the reference. */
    private static LoadedEncoder encoder(String model, Checkpoint checkpoint) {
        var encoder = Encoders.of(checkpoint);
        var tokenizer = new SharedTokenizer(DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata())));
        return encoder(model, encoder, tokenizer, () -> new ReferenceEncoder(encoder), checkpoint::close);
    }

    private static Checkpoint checkpoint(Path folder) {
        return Checkpoints.open(Path.of("..", "engine").resolve(folder));
    }

    /** An encoder that runs what {@code runner} makes; it reads token ids only. */
    public static LoadedEncoder encoder(String model, Supplier<EncoderRunner> runner) {
        try (var checkpoint = checkpoint(GoldenEncoder.path("bert-mean"))) {
            return encoder(
                    model, Encoders.of(checkpoint), new SharedTokenizer(new NumberTokenizer()), runner, () -> {});
        }
    }

    private static LoadedEncoder encoder(
            String model,
            Encoder encoder,
            SharedTokenizer tokenizer,
            Supplier<EncoderRunner> runner,
            Runnable release) {
        return new LoadedEncoder(
                model,
                "sha256:" + "1".repeat(64),
                new NumericsChoice(Numerics.F32, "f32 as scripted", new MemoryNeed(1_000, 0, 0, 0)),
                encoder,
                tokenizer,
                new InputEncoder(tokenizer, encoder),
                runner,
                Passport.Exact::new,
                release);
    }

    private static int[] chat(List<ChatMessage> messages, SharedTokenizer tokenizer) {
        if (messages.getFirst().content().equals("refuse me")) {
            throw InferenceException.badParam(
                    ErrorCode.CHAT_TEMPLATE_REFUSED, "messages", "the chat template refuses the messages");
        }
        return tokenizer.encode(messages.stream().map(ChatMessage::content).collect(Collectors.joining(" ")), true);
    }
}
