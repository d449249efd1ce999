package io.weighbridge.inference.grpc;

import io.weighbridge.engine.sampling.Adjustments;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.engine.tokenizer.StopStrings;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.chat.ChatEncoder.AnswerFormat;
import io.weighbridge.inference.chat.ChatEncoder.Prompt;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.v1.GenerateRequest;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Reads requests: what passes here is in range. Everything refused names the field. */
final class Requests {
    private Requests() {}

    /**
     * What a request asks for.
     *
     * @param answer how to read the completion; null to take it as it comes
     * @param tools whose calls are taken out of it
     */
    record Wanted(Sequence sequence, @Nullable AnswerFormat answer, Set<String> tools, boolean singleCall) {}

    /** The sequence that the request asks for. */
    static Wanted sequence(GenerateRequest request, LoadedModel loaded, int vocabularySize, Standing standing) {
        refuseWhatIsMissing(request);
        checkStops(request.getStopList());
        int maxTokens = maxTokens(request);
        var sampling = sampling(request.getSampling());
        var prompt = prompt(request, loaded, vocabularySize);
        return new Wanted(
                new Sequence(prompt.tokenIds(), sampling, maxTokens, loaded.endTokenIds(), standing),
                prompt.answer(),
                Chats.callable(request.getChat()),
                request.getChat().getSingleToolCall());
    }

    /** The ids, if all are in the vocabulary. */
    static int[] tokenIds(List<Integer> tokenIds, int vocabularySize, String param) {
        for (int i = 0; i < tokenIds.size(); i++) {
            int tokenId = tokenIds.get(i);
            if (tokenId < 0 || tokenId >= vocabularySize) {
                throw InferenceException.badParam(
                        param,
                        "%s[%d] is %d; token ids of this model go from 0 to %d"
                                .formatted(param, i, tokenId, vocabularySize - 1));
            }
        }
        return tokenIds.stream().mapToInt(Integer::intValue).toArray();
    }

    private static Prompt prompt(GenerateRequest request, LoadedModel loaded, int vocabularySize) {
        var prompt = switch (request.getPromptCase()) {
            case CHAT -> loaded.chat().encode(Chats.read(request.getChat()));
            case TEXT -> new Prompt(loaded.tokenizer().encode(request.getText(), true), null);
            case TOKEN_IDS ->
                new Prompt(tokenIds(request.getTokenIds().getIdsList(), vocabularySize, "token_ids"), null);
            case PROMPT_NOT_SET -> new Prompt(new int[0], null);
        };
        if (prompt.tokenIds().length == 0) {
            throw InferenceException.badParam("prompt", "the prompt is empty; set chat, text or token_ids");
        }
        return prompt;
    }

    /** What the wire can say and this version does not do yet, so that nothing is taken and then forgotten. */
    private static void refuseWhatIsMissing(GenerateRequest request) {
        var sampling = request.getSampling();
        refuse(request.getMinTokens() != 0, "min_tokens");
        refuse(request.getIgnoreEos(), "ignore_eos");
        refuse(request.hasTopLogprobs(), "top_logprobs");
        refuse(request.getPromptLogprobs(), "prompt_logprobs");
        refuse(Integer.compareUnsigned(request.getN(), 1) > 0, "n");
        refuse(Integer.compareUnsigned(request.getBestOf(), 1) > 0, "best_of");
        refuse(Integer.compareUnsigned(request.getBeamWidth(), 1) > 0, "beam_width");
        refuse(request.hasStructuredOutput(), "structured_output");
        refuse(sampling.hasRepetitionPenalty() && sampling.getRepetitionPenalty() != 1, "repetition_penalty");
        refuse(sampling.getPresencePenalty() != 0, "presence_penalty");
        refuse(sampling.getFrequencyPenalty() != 0, "frequency_penalty");
        refuse(sampling.getLogitBiasCount() > 0, "logit_bias");
        switch (request.getChat().getToolChoice().getMode()) {
            case MODE_REQUIRED, MODE_NAMED -> refuse(true, "tool_choice");
            case MODE_UNSPECIFIED, MODE_NONE -> {}
            case UNRECOGNIZED -> throw InferenceException.badParam("tool_choice", "the tool choice is unknown here");
        }
    }

    private static void refuse(boolean asked, String param) {
        if (asked) {
            throw InferenceException.badParam(param, "%s is not supported yet; leave it out".formatted(param));
        }
    }

    /** Without a value: as many as fit. Values above 2^31 - 1 come as negative numbers and mean the same. */
    private static int maxTokens(GenerateRequest request) {
        if (!request.hasMaxTokens() || request.getMaxTokens() < 0) {
            return Integer.MAX_VALUE;
        }
        if (request.getMaxTokens() == 0) {
            throw InferenceException.badParam("max_tokens", "max_tokens must be at least 1, is 0");
        }
        return request.getMaxTokens();
    }

    private static SamplingParams sampling(io.weighbridge.v1.SamplingParams asked) {
        try {
            return new SamplingParams(
                    asked.hasTemperature() ? asked.getTemperature() : 1,
                    asked.hasTopP() ? asked.getTopP() : 1,
                    asked.getTopK(),
                    asked.getMinP(),
                    asked.hasTypicalP() ? asked.getTypicalP() : 1,
                    asked.hasSeed()
                            ? asked.getSeed()
                            : ThreadLocalRandom.current().nextLong(),
                    Adjustments.NONE);
        } catch (IllegalArgumentException e) {
            var message = String.valueOf(e.getMessage());
            throw InferenceException.badParam(message.substring(0, message.indexOf(' ')), message);
        }
    }

    private static void checkStops(List<String> stops) {
        try {
            var _ = new StopStrings(stops);
        } catch (IllegalArgumentException e) {
            throw InferenceException.badParam("stop", String.valueOf(e.getMessage()));
        }
    }
}
