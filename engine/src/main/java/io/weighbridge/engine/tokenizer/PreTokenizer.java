package io.weighbridge.engine.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weighbridge.engine.checkpoint.CheckpointException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How text is cut before byte-level BPE. GGUF stores only a name ({@code tokenizer.ggml.pre}); what it stands for is known
 * here: expressions, each of which cuts what the one before left over, matches and gaps alike.
 *
 * @param expressions in Oniguruma's syntax, in the order they are applied
 * @param ignoresMerges whether a word found whole in the vocabulary skips the merges
 * @param beginsByDefault whether the beginning token is put first when the file does not say
 * @param composes whether characters are composed (NFC) first, as the publisher's tokenizer does
 */
record PreTokenizer(List<String> expressions, boolean ignoresMerges, boolean beginsByDefault, boolean composes) {
    private static final String SPACES = "\\s+(?!\\S)|\\s+";
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String DIGIT = "\\p{N}";
    private static final String THREE_DIGITS = "\\p{N}{1,3}";
    private static final String GPT_2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|" + SPACES;
    private static final String PUNCTUATION = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]";
    private static final String CHINESE_JAPANESE = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";
    private static final String NO_BREAKS = " ?[^(\\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";
    private static final String LINES = "[^\\n]+|[\\n]+";
    private static final String DEEPSEEK_WORDS = PUNCTUATION
            + "[A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|"
            + SPACES;
    private static final String HAN_SYLLABLES = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    /** Letters that have cases, as the first DeepSeek tokenizer lists them. */
    private static final String CASED_LETTERS =
            "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF"
                    + "\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5"
                    + "\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA"
                    + "\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45"
                    + "\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE"
                    + "\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC"
                    + "\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139"
                    + "\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3"
                    + "\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06"
                    + "\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\uD801\uDC00-\uD801\uDC4F\uD801\uDCB0-\uD801\uDCD3"
                    + "\uD801\uDCD8-\uD801\uDCFB\uD803\uDC80-\uD803\uDCB2\uD803\uDCC0-\uD803\uDCF2"
                    + "\uD806\uDCA0-\uD806\uDCDF\uD83A\uDD00-\uD83A\uDD43";

    private static final Map<String, PreTokenizer> BY_NAME = table();

    static PreTokenizer named(String name) {
        var found = BY_NAME.get(name);
        if (found == null) {
            throw new CheckpointException("tokenizer.ggml.pre '%s' is not supported; known are %s"
                    .formatted(name, BY_NAME.keySet().stream().sorted().toList()));
        }
        return found;
    }

    /** The steps of tokenizer.json: the cuts, then bytes to characters. */
    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        for (var expression : expressions) {
            json.writeStartObject();
            json.writeStringField("type", "Split");
            json.writeObjectFieldStart("pattern");
            json.writeStringField("Regex", expression);
            json.writeEndObject();
            json.writeStringField("behavior", "Isolated");
            json.writeBooleanField("invert", false);
            json.writeEndObject();
        }
        writeByteLevel(json);
        json.writeEndArray();
        json.writeEndObject();
    }

    /** The step that makes a character of each byte, and back. */
    static void writeByteLevel(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", false);
        json.writeEndObject();
    }

    private static Map<String, PreTokenizer> table() {
        var table = new HashMap<String, PreTokenizer>();
        var gpt2 = cut(GPT_2);
        put(table, gpt2, "gpt-2", "gpt2", "phi-2", "gigachat", "a.x-4.0", "mellum", "modern-bert", "exaone4", "mpt");
        put(
                table,
                gpt2,
                "olmo",
                "jais",
                "trillion",
                "granite-docling",
                "jina-es",
                "jina-de",
                "jina-v2-es",
                "jina-v2-de");
        put(table, gpt2, "jina-v1-en", "jina-v2-code", "roberta-bpe");
        put(table, cut(DIGIT, GPT_2), "starcoder", "refact", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2");
        put(table, cut(DIGIT, GPT_2).composing(), "command-r");
        // The way of llama.cpp's files from before it stored names; also what it calls its default.
        put(table, cut("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT_2, "\\p{N}+", "[0-9][0-9][0-9]"), "default");
        put(table, cut("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT_2, "[0-9][0-9][0-9]"), "falcon");
        wordsOfLlamaAndQwen(table);
        wordsByCase(table);
        deepSeek(table);
        put(table, cut(NO_BREAKS), "bloom", "poro-chat", "gpt3-finnish");
        put(table, cut(NO_BREAKS, DIGIT), "viking");
        put(table, cut("\\p{N}+", "(?=(\\d{3})+(?!\\d))"), "superbpe");
        put(
                table,
                cut(
                                "<sentinel:[0-9]+>",
                                "IMGIMG[A-I]{1,4}Z",
                                "[\\t\\n]|    |  ",
                                DIGIT,
                                "[\\p{P}!-/:-@\\[-`{-~]",
                                GPT_2)
                        .beginning(),
                "chameleon");
        return Map.copyOf(table);
    }

    /** Llama 3: words with a character before them; up to three digits together. Qwen 2: the same with digits apart. */
    private static void wordsOfLlamaAndQwen(Map<String, PreTokenizer> table) {
        var llama3 = cut(words(THREE_DIGITS));
        put(
                table,
                llama3.wholeWords().beginning(),
                "llama-bpe",
                "llama3",
                "llama-v3",
                "falcon3",
                "falcon-h1",
                "pixtral");
        put(table, llama3.wholeWords().beginning(), "midm-2.0", "lfm2", "jina-v5-nano");
        put(table, llama3, "dbrx", "smaug-bpe", "chatglm-bpe");
        put(table, llama3.wholeWords(), "glm4", "glm5");
        put(table, cut(words(DIGIT)).composing(), "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez");
        put(table, cut(words(DIGIT)), "stablelm2", "hunyuan", "solar-open", "grok-2");
        put(table, cut(LINES, words(DIGIT)), "laguna");
        put(table, cut(THREE_DIGITS, words("\\p{N}+")).wholeWords(), "minicpm5");
        put(
                table,
                cut(CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|" + SPACES),
                "qwen35");
        put(table, cut(words(DIGIT).substring(CONTRACTIONS.length() + 1)), "ufakzeka");
        put(
                table,
                cut(CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)|\\s{32}(?!\\S)"
                        + "|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}"),
                "jais-2");
        put(
                table,
                cut("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                        + "|\\s*[\\r\\n]|" + SPACES),
                "bailingmoe",
                "bailingmoe2",
                "llada-moe");
        put(
                table,
                cut(CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|\\s*[\\r\\n]+|"
                        + SPACES),
                "seed-coder");
        put(
                table,
                cut(CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|" + SPACES),
                "exaone-moe");
    }

    /** Words end where a small letter is followed by a capital. */
    private static void wordsByCase(Map<String, PreTokenizer> table) {
        var cased = wordsByCase("", CONTRACTIONS + "?", THREE_DIGITS);
        put(table, cut(cased), "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2");
        put(table, cut(cased).wholeWords(), "granite-embed-multi-97m");
        put(table, cut("\\d{1,3}(?=(?:\\d{3})*\\b)", cased), "tiny_aya", "cohere2moe");
        put(table, cut(wordsByCase("", "", DIGIT)).wholeWords().beginning(), "tekken");
        put(
                table,
                cut(
                                "[\uAC00-\uD7A3\u3131-\u318E]+|[\uFF01\u2026\u201C\u201D\u2018\u2019\u2014\uFF1A\uFF1B\uFF0C"
                                        + "\u3001-\u303F\uFE30-\uFE4F]+|[\u3105-\u312F]+|" + CHINESE_JAPANESE,
                                wordsByCase("", CONTRACTIONS + "?", DIGIT))
                        .wholeWords(),
                "youtu");
        // Runs of Chinese characters first; no other word contains one.
        put(table, cut("[\\p{Han}]+|" + wordsByCase("&&[^\\p{Han}]", CONTRACTIONS + "?", THREE_DIGITS)), "kimi-k2");
    }

    private static void deepSeek(Map<String, PreTokenizer> table) {
        put(
                table,
                cut(
                        "[\r\n]",
                        "\\s?[" + CASED_LETTERS + "]+",
                        "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
                        "\\s+$",
                        HAN_SYLLABLES,
                        "\\p{N}+"),
                "deepseek-llm");
        put(table, cut("[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", HAN_SYLLABLES, DIGIT), "deepseek-coder");
        var third = cut(THREE_DIGITS, CHINESE_JAPANESE, DEEPSEEK_WORDS);
        put(table, third, "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4");
        put(
                table,
                cut(
                        THREE_DIGITS,
                        CHINESE_JAPANESE,
                        DEEPSEEK_WORDS.replace("[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+", "[\\p{P}\\p{S}]+|[\\r\\n]"),
                        DIGIT),
                "spark2_5");
        put(
                table,
                cut(
                        "\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))",
                        "[\u4E00-\u9FFF\u3400-\u4DBF\u8C48-\uFAFF\u3040-\u309F\u30A0-\u30FF\uFF65-\uFF9F\u2F00-\u2FDF"
                                + "\u0E40-\u0E7F\u0E80-\u0EFF\u1780-\u17FF\u1000-\u109F\uAA60-\uAA7F\uA9E0-\uA9FF"
                                + "\uAC00-\uD7AF\u1100-\u11FF]+",
                        DEEPSEEK_WORDS),
                "afmoe");
    }

    private static String words(String digits) {
        return CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + digits
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|" + SPACES;
    }

    /** @param without what the letters of a word are not, as an intersection within a character class */
    private static String wordsByCase(String without, String ending, String digits) {
        var before = "[^\\r\\n\\p{L}\\p{N}]?";
        var capitals = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}" + without + "]";
        var small = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}" + without + "]";
        return before + capitals + "*" + small + "+" + ending + "|" + before + capitals + "+" + small + "*" + ending
                + "|" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|" + SPACES;
    }

    private static PreTokenizer cut(String... expressions) {
        return new PreTokenizer(List.of(expressions), false, false, false);
    }

    private PreTokenizer wholeWords() {
        return new PreTokenizer(expressions, true, beginsByDefault, composes);
    }

    private PreTokenizer beginning() {
        return new PreTokenizer(expressions, ignoresMerges, true, composes);
    }

    private PreTokenizer composing() {
        return new PreTokenizer(expressions, ignoresMerges, beginsByDefault, true);
    }

    private static void put(Map<String, PreTokenizer> table, PreTokenizer cuts, String... names) {
        for (var name : names) {
            if (table.put(name, cuts) != null) {
                throw new IllegalStateException("two pre-tokenizers are named " + name);
            }
        }
    }
}
