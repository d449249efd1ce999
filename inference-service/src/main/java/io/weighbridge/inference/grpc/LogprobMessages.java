package io.weighbridge.inference.grpc;

import com.google.protobuf.ByteString;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.tokenizer.Vocabulary;
import io.weighbridge.v1.TokenLogprob;
import io.weighbridge.v1.TokenLogprobs;
import java.util.ArrayList;
import java.util.List;

/** Log probabilities on the wire. */
record LogprobMessages(Vocabulary vocabulary) {
    /** Those of a whole prompt; its first token has none. */
    List<TokenLogprobs> prompt(int[] promptIds, List<Logprobs> logprobs) {
        var messages = new ArrayList<TokenLogprobs>();
        messages.add(TokenLogprobs.newBuilder().setChosen(token(promptIds[0])).build());
        logprobs.forEach(each -> messages.add(of(each)));
        return messages;
    }

    TokenLogprobs of(Logprobs logprobs) {
        var message = TokenLogprobs.newBuilder().setChosen(token(logprobs.chosen()));
        logprobs.top().forEach(top -> message.addTop(token(top)));
        return message.build();
    }

    private TokenLogprob.Builder token(Logprobs.TokenLogprob token) {
        return token(token.tokenId()).setLogprob((float) token.logprob());
    }

    private TokenLogprob.Builder token(int tokenId) {
        return TokenLogprob.newBuilder().setTokenId(tokenId).setText(ByteString.copyFrom(vocabulary.bytes(tokenId)));
    }
}
