package io.weighbridge.engine.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.tokenizer.GgufTokenizer.Kind;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/** Writes the tokenizer.json that says the same as a GGUF file's tokenizer keys. */
final class TokenizerJson {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String SPACE_MARK = "\u2581";

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
        try {
            return new TokenizerJson(source).byteLevel();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SentencePiece BPE: pieces with a mark for the space, bytes as fallback, the best score merged first. */
    static String sentencePiece(GgufTokenizer source) {
        try {
            return new TokenizerJson(source).sentencePiece();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String byteLevel() throws IOException {
        var pre = PreTokenizer.named(source.string("pre").orElse("default"));
        begin();
        json.writeFieldName("normalizer");
        if (pre.composesCharacters) {
            writeTyped("NFC");
        } else {
            json.writeNull();
        }
        json.writeFieldName("pre_tokenizer");
        pre.write(json);
        // Llama 3's tokenizers put the beginning token first unless told otherwise; the other byte-level ones do not.
        writePostProcessor(pre == PreTokenizer.LLAMA3);
        json.writeFieldName("decoder");
        PreTokenizer.writeByteLevel(json, true);
        writeModel(storedMerges(), pre.ignoreMerges, false);
        return end();
    }

    private String sentencePiece() throws IOException {
        boolean spaceFirst = source.flag("add_space_prefix", true);
        begin();
        json.writeObjectFieldStart("normalizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("normalizers");
        if (spaceFirst) {
            json.writeStartObject();
            json.writeStringField("type", "Prepend");
            json.writeStringField("prepend", SPACE_MARK);
            json.writeEndObject();
        }
        writeReplace(" ", SPACE_MARK);
        json.writeEndArray();
        json.writeEndObject();
        json.writeNullField("pre_tokenizer");
        writePostProcessor(true);
        json.writeObjectFieldStart("decoder");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("decoders");
        writeReplace(SPACE_MARK, " ");
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
        writeModel(mergesByScore(), false, true);
        return end();
    }

    private void begin() throws IOException {
        json.writeStartObject();
        json.writeStringField("version", "1.0");
        json.writeNullField("truncation");
        json.writeNullField("padding");
        json.writeArrayFieldStart("added_tokens");
        for (int id = 0; id < source.tokens.size(); id++) {
            var kind = source.kinds.get(id);
            if (kind != Kind.CONTROL && kind != Kind.USER_DEFINED) {
                continue;
            }
            json.writeStartObject();
            json.writeNumberField("id", id);
            json.writeStringField("content", source.tokens.get(id));
            json.writeBooleanField("single_word", false);
            json.writeBooleanField("lstrip", false);
            json.writeBooleanField("rstrip", false);
            json.writeBooleanField("normalized", false);
            json.writeBooleanField("special", kind == Kind.CONTROL);
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
        var scores = source.required("scores", Double.class);
        if (scores.size() != source.tokens.size()) {
            throw new CheckpointException(
                    "the GGUF tokenizer has %d tokens but %d scores".formatted(source.tokens.size(), scores.size()));
        }
        var ids = new HashMap<String, Integer>();
        for (int id = 0; id < source.tokens.size(); id++) {
            if (isPiece(id)) {
                ids.put(source.tokens.get(id), id);
            }
        }
        var ordered = new ArrayList<>(ids.values());
        ordered.sort(
                Comparator.comparing((Integer id) -> scores.get(id)).reversed().thenComparing(id -> id));
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

    private void writePostProcessor(boolean beginsByDefault) throws IOException {
        var begin = source.flag("add_bos_token", beginsByDefault)
                ? source.tokenId("bos_token_id")
                : Optional.<Integer>empty();
        var end = source.flag("add_eos_token", false) ? source.tokenId("eos_token_id") : Optional.<Integer>empty();
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

    private void writeReplace(String from, String to) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Replace");
        json.writeObjectFieldStart("pattern");
        json.writeStringField("String", from);
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
