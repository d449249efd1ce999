package io.weighbridge.inference.grpc;

import io.weighbridge.engine.chat.ChatMessage;
import io.weighbridge.engine.chat.Role;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.engine.tokenizer.StopStrings;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.v1.ChatPrompt;
import io.weighbridge.v1.GenerateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Reads requests: what passes here is in range. Everything refused names the field. */
final class Requests {
    private Requests() {}

    /** The sequence that the request asks for. */
    static Sequence sequence(GenerateRequest request, LoadedModel loaded, int vocabularySize, Standing standing) {
        checkStops(request.getStopList());
        int maxTokens = maxTokens(request);
        var sampling = sampling(request.getSampling());
        return new Sequence(
                prompt(request, loaded, vocabularySize), sampling, maxTokens, loaded.endTokenIds(), standing);
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

    private static int[] prompt(GenerateRequest request, LoadedModel loaded, int vocabularySize) {
        int[] prompt = switch (request.getPromptCase()) {
            case CHAT -> loaded.chat().encode(messages(request.getChat()));
            case TEXT -> loaded.tokenizer().encode(request.getText(), true);
            case TOKEN_IDS -> tokenIds(request.getTokenIds().getIdsList(), vocabularySize, "token_ids");
            case PROMPT_NOT_SET -> new int[0];
        };
        if (prompt.length == 0) {
            throw InferenceException.badParam("prompt", "the prompt is empty; set chat, text or token_ids");
        }
        return prompt;
    }

    private static List<ChatMessage> messages(ChatPrompt chat) {
        if (chat.getMessagesCount() == 0) {
            throw InferenceException.badParam("messages", "messages is empty; give at least one");
        }
        var messages = new ArrayList<ChatMessage>();
        for (int i = 0; i < chat.getMessagesCount(); i++) {
            var message = chat.getMessages(i);
            messages.add(new ChatMessage(role(message.getRole(), i), message.getContent()));
        }
        return messages;
    }

    private static Role role(String text, int index) {
        for (var role : Role.values()) {
            if (role.text().equals(text)) {
                return role;
            }
        }
        throw InferenceException.badParam(
                "messages[%d].role".formatted(index),
                "unknown role '%s'; roles are system, user, assistant and tool".formatted(text));
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
                    asked.hasSeed()
                            ? asked.getSeed()
                            : ThreadLocalRandom.current().nextLong());
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
