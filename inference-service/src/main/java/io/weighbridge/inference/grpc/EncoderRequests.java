package io.weighbridge.inference.grpc;

import io.weighbridge.engine.encoder.EmbeddingHead;
import io.weighbridge.engine.encoder.EncoderInput;
import io.weighbridge.engine.encoder.InputTooLongException;
import io.weighbridge.engine.encoder.UnknownPromptException;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedEncoder;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.Truncation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what is asked of an encoder: what passes here is in range. Everything refused names the field. */
final class EncoderRequests {
    /** Most inputs, or documents, of one request; as OpenAI. */
    static final int INPUTS_MAX = 2_048;

    /** Most tokens of one request, all inputs together; as OpenAI. It is what a request takes of the replica at most. */
    static final int TOKENS_MAX = 300_000;

    /** Most values that one answer carries, all vectors together: 32 MiB. */
    static final int VALUES_MAX = 8_388_608;

    /** Names that checkpoints give to the prompts before what is searched. */
    private static final List<String> DOCUMENT_PROMPTS = List.of("document", "passage", "corpus");

    private EncoderRequests() {}

    /** The inputs of {@code request}, as token ids. */
    static List<EncoderInput> inputs(EmbedRequest request, LoadedEncoder loaded) {
        checkCount(request.getInputsCount(), "inputs");
        var prompt = request.hasPromptName() ? request.getPromptName() : null;
        boolean truncate = truncate(request.getTruncation());
        var inputs = new ArrayList<EncoderInput>();
        int tokens = 0;
        for (int i = 0; i < request.getInputsCount(); i++) {
            var input = request.getInputs(i);
            var field = "inputs[%d]".formatted(i);
            var ids = switch (input.getInputCase()) {
                case TEXT -> text(input.getText(), prompt, truncate, loaded, field);
                case TOKEN_IDS -> tokenIds(input.getTokenIds().getIdsList(), truncate, loaded, field);
                case INPUT_NOT_SET ->
                    throw InferenceException.badParam(field, "%s is empty; set text or token_ids".formatted(field));
            };
            tokens = sum(tokens, ids.length, "inputs");
            inputs.add(EncoderInput.of(ids));
        }
        return inputs;
    }

    /** How many values of each vector are wanted. */
    static int dimensions(EmbedRequest request, LoadedEncoder loaded) {
        int most = loaded.encoder().head().dimensions();
        int wanted = request.hasDimensions() ? request.getDimensions() : most;
        if (wanted < 1 || wanted > most) {
            throw InferenceException.badParam(
                    "dimensions",
                    "dimensions must be 1 to %d for this model, is %s"
                            .formatted(most, Integer.toUnsignedString(wanted)));
        }
        if ((long) wanted * request.getInputsCount() > VALUES_MAX) {
            throw InferenceException.badParam(
                    "inputs",
                    "%d inputs with %d dimensions make more than %d values, the most of one answer; send fewer inputs"
                            .formatted(request.getInputsCount(), wanted, VALUES_MAX));
        }
        return wanted;
    }

    /** Queries with their documents, as a classifier reads them. */
    static List<EncoderInput> pairs(ScoreRequest request, LoadedEncoder loaded) {
        checkPairs(request);
        boolean truncate = truncate(request.getTruncation());
        var pairs = new ArrayList<EncoderInput>();
        int tokens = 0;
        for (int i = 0; i < request.getDocumentsCount(); i++) {
            var field = "documents[%d]".formatted(i);
            try {
                var pair = loaded.inputs().encodePair(query(request, i), request.getDocuments(i), truncate);
                checkVocabulary(pair.tokenIds(), loaded, field);
                tokens = sum(tokens, pair.length(), "documents");
                pairs.add(pair);
            } catch (InputTooLongException e) {
                throw tooLong(field, e);
            }
        }
        return pairs;
    }

    /** The queries, then the documents, each alone. The checkpoint's prompts for either stand before them, where it has such. */
    static List<EncoderInput> apart(ScoreRequest request, LoadedEncoder loaded) {
        checkPairs(request);
        boolean truncate = truncate(request.getTruncation());
        var prompts = loaded.encoder().text().prompts().keySet();
        var queryPrompt = prompts.contains("query") ? "query" : null;
        var documentPrompt = documentPrompt(prompts);
        var inputs = new ArrayList<EncoderInput>();
        int tokens = 0;
        for (int i = 0; i < request.getQueriesCount(); i++) {
            var ids = text(request.getQueries(i), queryPrompt, truncate, loaded, "queries[%d]".formatted(i));
            tokens = sum(tokens, ids.length, "queries");
            inputs.add(EncoderInput.of(ids));
        }
        for (int i = 0; i < request.getDocumentsCount(); i++) {
            var ids = text(request.getDocuments(i), documentPrompt, truncate, loaded, "documents[%d]".formatted(i));
            tokens = sum(tokens, ids.length, "documents");
            inputs.add(EncoderInput.of(ids));
        }
        return inputs;
    }

    /** The cosines of {@link #apart}'s vectors: one for each document. */
    static List<Double> cosines(ScoreRequest request, List<float[]> vectors) {
        int queries = request.getQueriesCount();
        var cosines = new ArrayList<Double>();
        for (int i = 0; i < request.getDocumentsCount(); i++) {
            cosines.add(EmbeddingHead.cosine(vectors.get(queries == 1 ? 0 : i), vectors.get(queries + i)));
        }
        return cosines;
    }

    private static void checkPairs(ScoreRequest request) {
        checkCount(request.getDocumentsCount(), "documents");
        int queries = request.getQueriesCount();
        if (queries != 1 && queries != request.getDocumentsCount()) {
            throw InferenceException.badParam(
                    "queries",
                    "%d queries for %d documents; give one for all or one for each"
                            .formatted(queries, request.getDocumentsCount()));
        }
    }

    private static String query(ScoreRequest request, int document) {
        return request.getQueries(request.getQueriesCount() == 1 ? 0 : document);
    }

    private static void checkCount(int count, String field) {
        if (count < 1 || count > INPUTS_MAX) {
            throw InferenceException.badParam(
                    field, "%s must hold 1 to %d entries, holds %d".formatted(field, INPUTS_MAX, count));
        }
    }

    private static int[] text(
            String text, @Nullable String prompt, boolean truncate, LoadedEncoder loaded, String field) {
        try {
            var ids = loaded.inputs().encode(text, prompt, truncate);
            if (ids.length == 0) {
                throw InferenceException.badParam(field, "%s has no tokens".formatted(field));
            }
            checkVocabulary(ids, loaded, field);
            return ids;
        } catch (InputTooLongException e) {
            throw tooLong(field, e);
        } catch (UnknownPromptException e) {
            throw InferenceException.badParam("prompt_name", String.valueOf(e.getMessage()));
        }
    }

    private static int[] tokenIds(List<Integer> given, boolean truncate, LoadedEncoder loaded, String field) {
        var spec = loaded.encoder().spec();
        if (given.isEmpty()) {
            throw InferenceException.badParam(field, "%s has no tokens".formatted(field));
        }
        if (given.size() > spec.contextLength() && !truncate) {
            throw tooLong(field, new InputTooLongException(given.size(), spec.contextLength()));
        }
        return Requests.tokenIds(
                given.subList(0, Math.min(given.size(), spec.contextLength())), spec.vocabularySize(), field);
    }

    /** A tokenizer may know words that the weights do not; they must not reach the encoder, which would fail for all. */
    private static void checkVocabulary(int[] tokenIds, LoadedEncoder loaded, String field) {
        int size = loaded.encoder().spec().vocabularySize();
        for (int tokenId : tokenIds) {
            if (tokenId >= size) {
                throw InferenceException.badParam(
                        field,
                        "%s has a word with the token id %d; the model's weights go up to %d"
                                .formatted(field, tokenId, size - 1));
            }
        }
    }

    private static int sum(int tokens, int more, String field) {
        if (tokens + more > TOKENS_MAX) {
            throw InferenceException.badParam(
                    field,
                    "%s have more than %d tokens together, the most of one request; send them in several"
                            .formatted(field, TOKENS_MAX));
        }
        return tokens + more;
    }

    private static boolean truncate(Truncation truncation) {
        return switch (truncation) {
            case TRUNCATION_END -> true;
            case TRUNCATION_UNSPECIFIED -> false;
            case UNRECOGNIZED -> throw InferenceException.badParam("truncation", "truncation has an unknown value");
        };
    }

    private static @Nullable String documentPrompt(Set<String> prompts) {
        return DOCUMENT_PROMPTS.stream().filter(prompts::contains).findFirst().orElse(null);
    }

    private static InferenceException tooLong(String field, InputTooLongException cause) {
        return InferenceException.badParam(
                ErrorCode.CONTEXT_LENGTH_EXCEEDED,
                field,
                "%s: %s; shorten it, or have its end cut off (truncation)".formatted(field, cause.getMessage()));
    }
}
