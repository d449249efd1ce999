package io.weighbridge.engine.tokenizer;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;

/** Takes a {@link TokenizerDefinition} from a checkpoint's metadata, whichever its format. Stateless. */
public final class TokenizerDefinitions {
    private TokenizerDefinitions() {}

    /**
     * The tokenizer, end tokens and chat template that {@code metadata} describes.
     *
     * @throws CheckpointException when there is no tokenizer, or one of a kind not supported; the message names it
     */
    public static TokenizerDefinition of(Metadata metadata) {
        return switch (metadata) {
            case Metadata.Gguf gguf -> GgufTokenizer.definition(gguf);
            case Metadata.HuggingFace folder -> HuggingFaceTokenizer.definition(folder);
        };
    }
}
