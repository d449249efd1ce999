package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.TokenIds;
import java.util.ArrayList;
import java.util.List;

/** The prompts of a text completion: one or several, all of them texts or all of them token ids. */
final class PromptParser {
    /** Most prompts of one request, several times the batches of evaluation harnesses. The answer is whole when all of them are. */
    static final int PROMPTS_MAX = 256;

    private static final String FIELD = "prompt";

    private PromptParser() {}

    /** A request for each prompt that holds nothing else, in order. */
    static List<GenerateRequest> prompts(JsonNode field) {
        if (!field.isArray()) {
            return List.of(prompt(field, FIELD));
        }
        if (field.isEmpty()) {
            throw Fields.invalid(FIELD, "must be a string, an array of token ids, or an array of such, not empty");
        }
        if (field.get(0).isNumber()) {
            return List.of(tokens(field, FIELD));
        }
        if (field.size() > PROMPTS_MAX) {
            throw Fields.invalid(
                    FIELD,
                    "has %d prompts, at most %d are allowed; send them in several requests"
                            .formatted(field.size(), PROMPTS_MAX));
        }
        var prompts = new ArrayList<GenerateRequest>(field.size());
        var texts = field.get(0).isTextual();
        for (var one : field) {
            var name = name(prompts.size());
            if (prompts.size() > 0 && one.isTextual() != texts) {
                throw Fields.invalid(name, "must be as the first prompt is: all texts or all arrays of token ids");
            }
            prompts.add(prompt(one, name));
        }
        return prompts;
    }

    /** What one of several prompts is called in errors. */
    static String name(int index) {
        return "%s[%d]".formatted(FIELD, index);
    }

    private static GenerateRequest prompt(JsonNode prompt, String name) {
        if (prompt.isTextual()) {
            return GenerateRequest.newBuilder().setText(prompt.asText()).build();
        }
        if (!prompt.isArray() || prompt.isEmpty()) {
            throw Fields.invalid(name, "must be a string or an array of token ids, not empty");
        }
        return tokens(prompt, name);
    }

    private static GenerateRequest tokens(JsonNode prompt, String name) {
        var ids = TokenIds.newBuilder();
        for (var id : prompt) {
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.asInt() < 0) {
                throw Fields.invalid(name, "holds %s, which is not a token id".formatted(id));
            }
            ids.addIds(id.asInt());
        }
        return GenerateRequest.newBuilder().setTokenIds(ids).build();
    }
}
