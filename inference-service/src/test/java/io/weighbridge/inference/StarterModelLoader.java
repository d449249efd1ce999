package io.weighbridge.inference;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.chat.TemplateChatEncoder;
import io.weighbridge.inference.djl.DjlTokenizer;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.djl.StarterModel;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.inference.loading.SharedTokenizer;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The real starter model, with its own chat template, which knows no tools, or with one that does. */
final class StarterModelLoader {
    private static final int KV_PLACES = 8_192;

    /** Of the form that Hermes and Qwen have. */
    private static final String HERMES = """
            <|im_start|>system
            {% if tools %}Tools:
            {% for tool in tools %}{{ tool | tojson }}
            {% endfor %}Answer with <tool_call>{"name": ..., "arguments": ...}</tool_call>{% endif %}<|im_end|>
            {% for message in messages %}<|im_start|>{{ message.role }}
            {{ message.content }}<|im_end|>
            {% endfor %}<|im_start|>assistant
            """;

    private StarterModelLoader() {}

    static LoadedModel load(String model, boolean hermes) {
        try {
            var checkpoint = Checkpoints.open(StarterModel.file());
            var own = TokenizerDefinitions.of(checkpoint.metadata());
            var definition = hermes ? own.withChatTemplate(HERMES) : own;
            var tokenizer = new SharedTokenizer(DjlTokenizer.of(definition));
            return new LoadedModel(
                    model,
                    "sha256:" + "1".repeat(64),
                    new NumericsChoice(
                            Numerics.STORED,
                            "stored for tests",
                            new MemoryNeed(ScriptedModelLoader.MODEL_BYTES, 0, 0, 0),
                            true),
                    tokenizer,
                    TemplateChatEncoder.of(model, definition, tokenizer),
                    definition.endTokenIds(),
                    () -> Executors.load(Decoders.of(checkpoint), Numerics.STORED, KV_PLACES, 2),
                    Passport.Exact::new,
                    checkpoint::close);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
