package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiModelCatalog;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** LangChain4j's OpenAI client. A 403 is its AuthenticationException, the one it does not retry. */
class LangChain4jClientTest {
    private static final String QUESTION = "What is the capital of France?";

    @Test
    void completes() throws IOException, InterruptedException {
        var model = OpenAiChatModel.builder()
                .baseUrl(Stack.running().base())
                .apiKey(Stack.KEY)
                .modelName(Stack.MODEL)
                .temperature(0.0)
                .build();

        assertThat(model.chat(QUESTION)).contains("Paris");
    }

    @Test
    void streams() throws Exception {
        var pieces = new CopyOnWriteArrayList<String>();

        var answer = stream(Stack.KEY, Stack.MODEL, pieces).get(2, TimeUnit.MINUTES);

        assertThat(pieces).hasSizeGreaterThan(3);
        assertThat(answer.aiMessage().text()).contains("Paris").isEqualTo(String.join("", pieces));
        assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(37);
    }

    @Test
    void lists_models() throws IOException, InterruptedException {
        var catalog = OpenAiModelCatalog.builder()
                .baseUrl(Stack.running().base())
                .apiKey(Stack.KEY)
                .build();

        assertThat(catalog.listModels()).extracting(ModelDescription::name).contains(Stack.MODEL);
    }

    @Test
    void a_license_denial_is_its_permission_error() throws IOException, InterruptedException {
        var model = OpenAiChatModel.builder()
                .baseUrl(Stack.running().base())
                .apiKey(Stack.COMMERCIAL_KEY)
                .modelName(Stack.NONCOMMERCIAL_MODEL)
                .build();

        assertThatThrownBy(() -> model.chat(QUESTION))
                .isInstanceOf(AuthenticationException.class)
                .hasMessageContaining("model_license_denied");
        assertThatThrownBy(() -> get(stream(Stack.COMMERCIAL_KEY, Stack.NONCOMMERCIAL_MODEL, List.of())))
                .isInstanceOf(AuthenticationException.class);
    }

    private static ChatResponse get(CompletableFuture<ChatResponse> answer) throws Throwable {
        try {
            return answer.get(2, TimeUnit.MINUTES);
        } catch (ExecutionException e) {
            throw e.getCause();
        } catch (TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }

    private static CompletableFuture<ChatResponse> stream(String key, String modelId, List<String> pieces)
            throws IOException, InterruptedException {
        var model = OpenAiStreamingChatModel.builder()
                .baseUrl(Stack.running().base())
                .apiKey(key)
                .modelName(modelId)
                .temperature(0.0)
                .build();
        var answer = new CompletableFuture<ChatResponse>();
        model.chat(QUESTION, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.add(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                answer.complete(response);
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }
        });
        return answer;
    }
}
