package io.weighbridge.engine.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weighbridge.engine.checkpoint.CheckpointException;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How text is cut before byte-level BPE. GGUF stores only a name ({@code tokenizer.ggml.pre}); what it stands for is known
 * here, in the terms of tokenizer.json.
 */
enum PreTokenizer {
    /** GPT-2's expression, built into the ByteLevel step. */
    GPT2(null, false, false, false),
    /** Every digit apart, then GPT-2's expression. */
    SINGLE_DIGITS(null, true, false, false),
    /** Llama 3: up to three digits together; words found whole in the vocabulary skip the merges. */
    LLAMA3(PreTokenizer.words("\\p{N}{1,3}"), false, true, false),
    /** Qwen 2: as Llama 3 with digits apart, after composing characters (NFC). */
    QWEN2(PreTokenizer.words("\\p{N}"), false, false, true);

    private static final Map<String, PreTokenizer> BY_NAME = Map.ofEntries(
            Map.entry("default", GPT2),
            Map.entry("gpt-2", GPT2),
            Map.entry("gpt2", GPT2),
            Map.entry("smollm", SINGLE_DIGITS),
            Map.entry("starcoder", SINGLE_DIGITS),
            Map.entry("refact", SINGLE_DIGITS),
            Map.entry("llama-bpe", LLAMA3),
            Map.entry("llama3", LLAMA3),
            Map.entry("llama-v3", LLAMA3),
            Map.entry("qwen2", QWEN2),
            Map.entry("deepseek-r1-qwen", QWEN2));

    private final @Nullable String splitExpression;
    private final boolean singleDigits;
    final boolean ignoreMerges;
    final boolean composesCharacters;

    PreTokenizer(
            @Nullable String splitExpression, boolean singleDigits, boolean ignoreMerges, boolean composesCharacters) {
        this.splitExpression = splitExpression;
        this.singleDigits = singleDigits;
        this.ignoreMerges = ignoreMerges;
        this.composesCharacters = composesCharacters;
    }

    static PreTokenizer named(String name) {
        var found = BY_NAME.get(name);
        if (found == null) {
            throw new CheckpointException("tokenizer.ggml.pre '%s' is not supported; known are %s"
                    .formatted(name, BY_NAME.keySet().stream().sorted().toList()));
        }
        return found;
    }

    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        if (singleDigits) {
            json.writeStartObject();
            json.writeStringField("type", "Digits");
            json.writeBooleanField("individual_digits", true);
            json.writeEndObject();
        }
        if (splitExpression != null) {
            json.writeStartObject();
            json.writeStringField("type", "Split");
            json.writeObjectFieldStart("pattern");
            json.writeStringField("Regex", splitExpression);
            json.writeEndObject();
            json.writeStringField("behavior", "Isolated");
            json.writeBooleanField("invert", false);
            json.writeEndObject();
        }
        writeByteLevel(json, splitExpression == null);
        json.writeEndArray();
        json.writeEndObject();
    }

    static void writeByteLevel(JsonGenerator json, boolean useExpression) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", useExpression);
        json.writeEndObject();
    }

    private static String words(String digits) {
        return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + digits
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }
}
