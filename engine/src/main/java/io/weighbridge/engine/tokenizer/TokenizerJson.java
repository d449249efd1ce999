package io.weighbridge.engine.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.tokenizer.GgufTokenizer.Kind;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/** Writes the tokenizer.json that says the same as a GGUF file's tokenizer keys. */
final class TokenizerJson {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String WORD_GOES_ON = "##";
    /** A longer word is unknown; as in every published BERT. */
    private static final int WORD_CHARACTERS_MAX = 100;

    private record Merge(String left, String right) {}

    private final GgufTokenizer source;
    private final StringWriter text = new StringWriter();
    private final JsonGenerator json;

    private TokenizerJson(GgufTokenizer source) throws IOException {
        this.source = source;
        this.json = JSON.createGenerator(text);
    }

    /** Byte-level BPE, as GPT-2 and most models since have. */
    static String byteLevel(GgufTokenizer source) {
        return written(source, TokenizerJson::byteLevel);
    }

    /** SentencePiece BPE: pieces with a mark for the space, bytes as fallback, the best score merged first. */
    static String sentencePiece(GgufTokenizer source) {
        return written(source, json -> json.pieces(json.source.flag("add_space_prefix", true), json.mergesByScore()));
    }

    /** BPE over characters, with a mark for the space and bytes as fallback, whose merges are stored: Gemma 4. */
    static String characterLevel(GgufTokenizer source) {
        return written(source, json -> json.pieces(source.flag("add_space_prefix", false), json.storedMerges()));
    }

    /** SentencePiece unigram: the pieces whose scores add up best. */
    static String unigram(GgufTokenizer source) {
        return written(source, TokenizerJson::unigram);
    }

    /** BERT's WordPiece: the longest piece first. */
    static String wordPiece(GgufTokenizer source) {
        return written(source, TokenizerJson::wordPiece);
    }

    private interface Form {
        void writeTo(TokenizerJson json) throws IOException;
    }

    private static String written(GgufTokenizer source, Form form) {
        try {
            var json = new TokenizerJson(source);
            json.begin();
            form.writeTo(json);
            return json.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void byteLevel() throws IOException {
        var pre = PreTokenizer.named(source.string("pre").orElse("default"));
        json.writeFieldName("normalizer");
        if (pre.composes()) {
            writeTyped("NFC");
        } else {
            json.writeNull();
        }
        json.writeFieldName("pre_tokenizer");
        pre.write(json);
        writePostProcessor(pre.beginsByDefault(), false);
        json.writeFieldName("decoder");
        PreTokenizer.writeByteLevel(json);
        writeModel(source.has("merges") ? storedMerges() : mergesById(), pre.ignoresMerges(), false);
    }

    private void pieces(boolean spaceFirst, List<Merge> merges) throws IOException {
        json.writeObjectFieldStart("normalizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("normalizers");
        if (spaceFirst) {
            json.writeStartObject();
            json.writeStringField("type", "Prepend");
            json.writeStringField("prepend", TokenText.SPACE_MARK);
            json.writeEndObject();
        }
        writeReplace("String", " ", TokenText.SPACE_MARK);
        json.writeEndArray();
        json.writeEndObject();
        json.writeNullField("pre_tokenizer");
        writePostProcessor(true, false);
        writePieceDecoder(spaceFirst);
        writeModel(merges, false, true);
    }

    private void writePieceDecoder(boolean spaceFirst) throws IOException {
        json.writeObjectFieldStart("decoder");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("decoders");
        writeReplace("String", TokenText.SPACE_MARK, " ");
        writeTyped("ByteFallback");
        writeTyped("Fuse");
        if (spaceFirst) {
            json.writeStartObject();
            json.writeStringField("type", "Strip");
            json.writeStringField("content", " ");
            json.writeNumberField("start", 1);
            json.writeNumberField("stop", 0);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void unigram() throws IOException {
        boolean spaceFirst = source.flag("add_space_prefix", false);
        json.writeObjectFieldStart("normalizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("normalizers");
        var map = source.precompiledCharacterMap();
        if (map.length > 0) {
            json.writeStartObject();
            json.writeStringField("type", "Precompiled");
            json.writeStringField("precompiled_charsmap", Base64.getEncoder().encodeToString(map));
            json.writeEndObject();
        }
        if (source.flag("remove_extra_whitespaces", false)) {
            json.writeStartObject();
            json.writeStringField("type", "Strip");
            json.writeBooleanField("strip_left", true);
            json.writeBooleanField("strip_right", true);
            json.writeEndObject();
            writeReplace("Regex", " {2,}", " ");
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeObjectFieldStart("pre_tokenizer");
        writeMetaspace(spaceFirst);
        json.writeEndObject();
        writePostProcessor(false, true);
        json.writeObjectFieldStart("decoder");
        writeMetaspace(spaceFirst);
        json.writeEndObject();
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "Unigram");
        json.writeNumberField("unk_id", source.idOf(Kind.UNKNOWN, "unknown_token_id"));
        json.writeBooleanField("byte_fallback", source.kinds.contains(Kind.BYTE));
        json.writeArrayFieldStart("vocab");
        var scores = source.scores();
        for (int id = 0; id < source.tokens.size(); id++) {
            json.writeStartArray();
            json.writeString(source.tokens.get(id));
            json.writeNumber(scores.get(id));
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeMetaspace(boolean spaceFirst) throws IOException {
        json.writeStringField("type", "Metaspace");
        json.writeStringField("replacement", TokenText.SPACE_MARK);
        json.writeStringField("prepend_scheme", spaceFirst ? "always" : "never");
        json.writeBooleanField("split", true);
    }

    private void wordPiece() throws IOException {
        boolean lowercase = source.flag("normalizer.lowercase", true);
        json.writeObjectFieldStart("normalizer");
        json.writeStringField("type", "BertNormalizer");
        json.writeBooleanField("clean_text", true);
        json.writeBooleanField("handle_chinese_chars", true);
        json.writeBooleanField("strip_accents", source.flag("normalizer.strip_accents", lowercase));
        json.writeBooleanField("lowercase", lowercase);
        json.writeEndObject();
        json.writeFieldName("pre_tokenizer");
        writeTyped("BertPreTokenizer");
        writePostProcessor(
                source.tokenId("cls_token_id").or(() -> source.tokenId("bos_token_id")),
                source.tokenId("seperator_token_id").or(() -> source.tokenId("eos_token_id")));
        json.writeObjectFieldStart("decoder");
        json.writeStringField("type", "WordPiece");
        json.writeStringField("prefix", WORD_GOES_ON);
        json.writeBooleanField("cleanup", false);
        json.writeEndObject();
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "WordPiece");
        json.writeStringField("unk_token", source.tokens.get(source.idOf(Kind.UNKNOWN, "unknown_token_id")));
        json.writeStringField("continuing_subword_prefix", WORD_GOES_ON);
        json.writeNumberField("max_input_chars_per_word", WORD_CHARACTERS_MAX);
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < source.tokens.size(); id++) {
            json.writeNumberField(wordPieceText(source.tokens.get(id)), id);
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    /** GGUF marks the pieces that begin a word, tokenizer.json those that do not. */
    private static String wordPieceText(String token) {
        if (token.startsWith("[") && token.endsWith("]")) {
            return token;
        }
        return token.startsWith(TokenText.SPACE_MARK) ? token.substring(1) : WORD_GOES_ON + token;
    }

    private void begin() throws IOException {
        json.writeStartObject();
        json.writeStringField("version", "1.0");
        json.writeNullField("truncation");
        json.writeNullField("padding");
        json.writeArrayFieldStart("added_tokens");
        for (int id = 0; id < source.tokens.size(); id++) {
            var kind = source.kinds.get(id);
            if (!source.isControl(id) && kind != Kind.USER_DEFINED) {
                continue;
            }
            json.writeStartObject();
            json.writeNumberField("id", id);
            json.writeStringField("content", source.tokens.get(id));
            json.writeBooleanField("single_word", false);
            json.writeBooleanField("lstrip", false);
            json.writeBooleanField("rstrip", source.takesSpaceAfter(id));
            json.writeBooleanField("normalized", false);
            json.writeBooleanField("special", source.isControl(id));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private String end() throws IOException {
        json.writeEndObject();
        json.close();
        return text.toString();
    }

    private void writeModel(List<Merge> merges, boolean ignoreMerges, boolean byteFallback) throws IOException {
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "BPE");
        json.writeNullField("dropout");
        json.writeFieldName("unk_token");
        json.writeString(byteFallback ? unknownToken().orElse(null) : null);
        json.writeNullField("continuing_subword_prefix");
        json.writeNullField("end_of_word_suffix");
        json.writeBooleanField("fuse_unk", byteFallback);
        json.writeBooleanField("byte_fallback", byteFallback);
        json.writeBooleanField("ignore_merges", ignoreMerges);
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < source.tokens.size(); id++) {
            json.writeNumberField(source.tokens.get(id), id);
        }
        json.writeEndObject();
        json.writeArrayFieldStart("merges");
        for (var merge : merges) {
            json.writeStartArray();
            json.writeString(merge.left());
            json.writeString(merge.right());
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private Optional<String> unknownToken() {
        return source.tokenId("unknown_token_id").map(source.tokens::get).or(() -> {
            int id = source.kinds.indexOf(Kind.UNKNOWN);
            return id < 0 ? Optional.empty() : Optional.of(source.tokens.get(id));
        });
    }

    private List<Merge> storedMerges() {
        var merges = new ArrayList<Merge>();
        for (var line : source.required("merges", String.class)) {
            // A piece may itself begin with a space, so the separator is the first one after a character.
            int space = line.indexOf(' ', 1);
            if (space < 0 || space == line.length() - 1) {
                throw new CheckpointException(
                        "tokenizer.ggml.merges has '%s', which is not two pieces".formatted(line));
            }
            merges.add(new Merge(line.substring(0, space), line.substring(space + 1)));
        }
        return merges;
    }

    /**
     * Every way to put a piece together from two others, the piece with the best score first. Equal scores keep the order of
     * the vocabulary, and a piece's own cuts the order of their left ids, as the usual conversion does.
     */
    private List<Merge> mergesByScore() {
        var scores = source.scores();
        return merges(id -> scores.get(id));
    }

    /** For a vocabulary without merges: tokens are numbered in the order in which merging made them. */
    private List<Merge> mergesById() {
        return merges(id -> -(double) id);
    }

    private List<Merge> merges(IntToDoubleFunction score) {
        var ids = new HashMap<String, Integer>();
        for (int id = 0; id < source.tokens.size(); id++) {
            if (isPiece(id)) {
                ids.put(source.tokens.get(id), id);
            }
        }
        var ordered = new ArrayList<>(ids.values());
        ordered.sort(Comparator.comparingDouble((Integer id) -> -score.applyAsDouble(id))
                .thenComparing(id -> id));
        var merges = new ArrayList<Merge>();
        for (int id : ordered) {
            var piece = source.tokens.get(id);
            var cuts = new ArrayList<Merge>();
            for (int cut = 1; cut < piece.length(); cut++) {
                var merge = new Merge(piece.substring(0, cut), piece.substring(cut));
                if (ids.containsKey(merge.left()) && ids.containsKey(merge.right())) {
                    cuts.add(merge);
                }
            }
            cuts.sort(Comparator.comparing((Merge merge) -> ids.getOrDefault(merge.left(), 0))
                    .thenComparing(merge -> ids.getOrDefault(merge.right(), 0)));
            merges.addAll(cuts);
        }
        return merges;
    }

    private boolean isPiece(int id) {
        return switch (source.kinds.get(id)) {
            case NORMAL, USER_DEFINED, UNUSED -> true;
            case UNKNOWN, CONTROL, BYTE -> false;
        };
    }

    private void writePostProcessor(boolean beginsByDefault, boolean endsByDefault) throws IOException {
        writePostProcessor(
                source.flag("add_bos_token", beginsByDefault) ? source.tokenId("bos_token_id") : Optional.empty(),
                source.flag("add_eos_token", endsByDefault) ? source.tokenId("eos_token_id") : Optional.empty());
    }

    private void writePostProcessor(Optional<Integer> begin, Optional<Integer> end) throws IOException {
        json.writeFieldName("post_processor");
        if (begin.isEmpty() && end.isEmpty()) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("type", "TemplateProcessing");
        for (var form : List.of("single", "pair")) {
            json.writeArrayFieldStart(form);
            writeTemplate(begin, "A", end, 0);
            if (form.equals("pair")) {
                writeTemplate(begin, "B", end, 1);
            }
            json.writeEndArray();
        }
        json.writeObjectFieldStart("special_tokens");
        if (begin.isPresent()) {
            writeSpecialToken(begin.get());
        }
        if (end.isPresent() && !end.equals(begin)) {
            writeSpecialToken(end.get());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeTemplate(Optional<Integer> begin, String sequence, Optional<Integer> end, int type)
            throws IOException {
        if (begin.isPresent()) {
            writeTemplateItem("SpecialToken", source.tokens.get(begin.get()), type);
        }
        writeTemplateItem("Sequence", sequence, type);
        if (end.isPresent()) {
            writeTemplateItem("SpecialToken", source.tokens.get(end.get()), type);
        }
    }

    private void writeTemplateItem(String kind, String id, int type) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart(kind);
        json.writeStringField("id", id);
        json.writeNumberField("type_id", type);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeSpecialToken(int id) throws IOException {
        var token = source.tokens.get(id);
        json.writeObjectFieldStart(token);
        json.writeStringField("id", token);
        json.writeArrayFieldStart("ids");
        json.writeNumber(id);
        json.writeEndArray();
        json.writeArrayFieldStart("tokens");
        json.writeString(token);
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeReplace(String pattern, String from, String to) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Replace");
        json.writeObjectFieldStart("pattern");
        json.writeStringField(pattern, from);
        json.writeEndObject();
        json.writeStringField("content", to);
        json.writeEndObject();
    }

    private void writeTyped(String type) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", type);
        json.writeEndObject();
    }
}
