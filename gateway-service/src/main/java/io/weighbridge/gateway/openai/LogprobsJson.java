package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.v1.TokenLogprob;
import io.weighbridge.v1.TokenLogprobs;
import java.util.List;

/** Log probabilities as OpenAI writes them: one form for chats, an older one for texts. */
final class LogprobsJson {
    /** OpenAI's stand-in for minus infinity, which JSON cannot say. */
    static final double LEAST = -9999;

    private LogprobsJson() {}

    /** The entries of {@code logprobs.content} of a chat. */
    static void addChat(ArrayNode content, List<TokenLogprobs> tokens) {
        for (var token : tokens) {
            var entry = content.addObject();
            chatToken(entry, token.getChosen());
            var top = entry.putArray("top_logprobs");
            token.getTopList().forEach(other -> chatToken(top.addObject(), other));
        }
    }

    private static void chatToken(ObjectNode entry, TokenLogprob token) {
        entry.put("token", token.getText().toStringUtf8()).put("logprob", finite(token.getLogprob()));
        var bytes = entry.putArray("bytes");
        for (byte b : token.getText()) {
            bytes.add(Byte.toUnsignedInt(b));
        }
    }

    /** An empty object of a text's log probabilities, to be filled. */
    static ObjectNode emptyText() {
        var logprobs = Json.object();
        logprobs.putArray("tokens");
        logprobs.putArray("token_logprobs");
        logprobs.putArray("top_logprobs");
        logprobs.putArray("text_offset");
        return logprobs;
    }

    /**
     * Adds tokens of a text; the first token of a prompt has no log probability.
     *
     * @param offset characters of the text before them
     * @return characters of the text after them
     */
    static int addText(ObjectNode logprobs, List<TokenLogprobs> tokens, int offset) {
        int at = offset;
        for (var token : tokens) {
            var text = token.getChosen().getText().toStringUtf8();
            logprobs.withArray("tokens").add(text);
            logprobs.withArray("text_offset").add(at);
            at += text.length();
            if (token.getChosen().hasLogprob()) {
                logprobs.withArray("token_logprobs")
                        .add(finite(token.getChosen().getLogprob()));
                var top = logprobs.withArray("top_logprobs").addObject();
                token.getTopList()
                        .forEach(other -> top.put(other.getText().toStringUtf8(), finite(other.getLogprob())));
            } else {
                logprobs.withArray("token_logprobs").addNull();
                logprobs.withArray("top_logprobs").addNull();
            }
        }
        return at;
    }

    private static double finite(float logprob) {
        return Float.isFinite(logprob) ? logprob : LEAST;
    }
}
