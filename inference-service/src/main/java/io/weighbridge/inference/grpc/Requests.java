package io.weighbridge.inference.grpc;

import io.weighbridge.engine.sampling.Adjustments;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenMask;
import io.weighbridge.engine.scheduler.BeamParams;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.engine.tokenizer.StopStrings;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.chat.ChatEncoder.AnswerFormat;
import io.weighbridge.inference.chat.ChatEncoder.Prompt;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.v1.GenerateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads requests: what passes here is in range. Everything refused names the field. */
final class Requests {
    private Requests() {}

    /** Most completions of one prompt: each holds a place in the engine. */
    static final int CHOICES_MAX = 16;

    /**
     * What a request asks for.
     *
     * @param prompts for each prompt the sequences of its completions, which follow the first of them
     * @param givenOut how many completions of each prompt are given out: the most probable ones if there are more
     * @param heldBack whether completions are only given out when all of their prompt are whole
     * @param tellsLogprobs whether log probabilities are given out too
     * @param answer how to read a completion; null to take it as it comes
     * @param tools whose calls are taken out of it
     */
    record Wanted(
            List<List<Sequence>> prompts,
            int givenOut,
            boolean heldBack,
            boolean tellsLogprobs,
            @Nullable AnswerFormat answer,
            Set<String> tools,
            boolean singleCall) {
        /** Whether completions are compared before they are given out. */
        boolean compares() {
            return prompts.getFirst().size() > givenOut;
        }
    }

    /** The sequences that the request asks for. */
    static Wanted read(
            GenerateRequest request, LoadedModel loaded, int vocabularySize, Standing standing, Grammars grammars) {
        checkStops(request.getStopList());
        int givenOut = choices(request.getN(), "n");
        int generated = request.getBestOf() == 0 ? givenOut : choices(request.getBestOf(), "best_of");
        if (generated < givenOut) {
            throw InferenceException.badParam(
                    "best_of", "best_of is %d, fewer than the n of %d".formatted(generated, givenOut));
        }
        var beams = beams(request, givenOut, generated);
        int maxTokens = maxTokens(request);
        var prompt = prompt(request, loaded, vocabularySize);
        var mask = grammars.mask(request, loaded, prompt.answer());
        var selection = selection(request, mask, generated > givenOut, vocabularySize);
        var first = new Sequence(prompt.tokenIds(), selection, maxTokens, loaded.endTokenIds(), standing);
        var choices = choices(first, generated);
        if (beams != null) {
            first.searchBeams(beams);
        }
        return new Wanted(
                List.of(choices),
                givenOut,
                beams != null || generated > givenOut,
                request.hasTopLogprobs(),
                prompt.answer(),
                Chats.callable(request.getChat()),
                request.getChat().getSingleToolCall());
    }

    /** How to search, or null where tokens are sampled. */
    private static @Nullable BeamParams beams(GenerateRequest request, int givenOut, int generated) {
        if (Integer.compareUnsigned(request.getBeamWidth(), 1) <= 0) {
            return null;
        }
        if (generated > givenOut) {
            throw InferenceException.badParam("best_of", "a search with beams compares by itself; leave best_of out");
        }
        int width = Integer.compareUnsigned(request.getBeamWidth(), BeamParams.WIDTH_MAX) > 0
                ? Integer.MAX_VALUE
                : request.getBeamWidth();
        if (givenOut > width) {
            throw InferenceException.badParam(
                    "n", "n is %d, but %d beams find no more than that".formatted(givenOut, width));
        }
        return inRange(() -> new BeamParams(
                width, request.hasLengthPenalty() ? request.getLengthPenalty() : 1, request.getEarlyStopping()));
    }

    /** What {@code make} makes; its exception names the field first. */
    private static <T> T inRange(Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            var message = String.valueOf(e.getMessage());
            throw InferenceException.badParam(message.substring(0, message.indexOf(' ')), message);
        }
    }

    private static int choices(int asked, String param) {
        if (Integer.compareUnsigned(asked, CHOICES_MAX) > 0) {
            throw InferenceException.badParam(
                    param,
                    "%s is %s, at most %d are allowed".formatted(param, Integer.toUnsignedString(asked), CHOICES_MAX));
        }
        return Math.max(1, asked);
    }

    private static List<Sequence> choices(Sequence first, int count) {
        var choices = new ArrayList<Sequence>();
        choices.add(first);
        for (int index = 1; index < count; index++) {
            choices.add(first.another(first.sampling().ofChoice(index)));
        }
        return choices;
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

    /** @param compared whether the completion needs log probabilities to be compared with others */
    private static Selection selection(
            GenerateRequest request, @Nullable TokenMask mask, boolean compared, int vocabularySize) {
        int asked = Integer.compareUnsigned(request.getTopLogprobs(), Logprobs.TOP_MAX) > 0
                ? Integer.MAX_VALUE
                : request.getTopLogprobs();
        int topLogprobs = request.hasTopLogprobs() ? asked : compared ? 0 : Selection.NO_LOGPROBS;
        return inRange(() -> new Selection(
                sampling(request.getSampling(), vocabularySize),
                request.getMinTokens(),
                request.getIgnoreEos(),
                topLogprobs,
                request.getPromptLogprobs(),
                mask));
    }

    private static SamplingParams sampling(io.weighbridge.v1.SamplingParams asked, int vocabularySize) {
        for (int tokenId : asked.getLogitBiasMap().keySet()) {
            if (tokenId >= vocabularySize) {
                throw InferenceException.badParam(
                        "logit_bias",
                        "logit_bias names token id %d; token ids of this model go from 0 to %d"
                                .formatted(tokenId, vocabularySize - 1));
            }
        }
        return new SamplingParams(
                asked.hasTemperature() ? asked.getTemperature() : 1,
                asked.hasTopP() ? asked.getTopP() : 1,
                asked.getTopK(),
                asked.getMinP(),
                asked.hasTypicalP() ? asked.getTypicalP() : 1,
                asked.hasSeed() ? asked.getSeed() : ThreadLocalRandom.current().nextLong(),
                new Adjustments(
                        asked.hasRepetitionPenalty() ? asked.getRepetitionPenalty() : 1,
                        asked.getPresencePenalty(),
                        asked.getFrequencyPenalty(),
                        asked.getLogitBiasMap()));
    }

    private static void checkStops(List<String> stops) {
        try {
            var _ = new StopStrings(stops);
        } catch (IllegalArgumentException e) {
            throw InferenceException.badParam("stop", String.valueOf(e.getMessage()));
        }
    }
}
