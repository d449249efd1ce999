package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.PermissionDeniedException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.models.Model;
import java.io.IOException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** OpenAI's own Java client. */
class OpenAiClientTest {
    @Test
    void completes() throws IOException, InterruptedException {
        var completion = client(Stack.KEY).chat().completions().create(question(Stack.MODEL));

        assertThat(completion.choices().getFirst().message().content())
                .hasValueSatisfying(text -> assertThat(text).contains("Paris"));
    }

    @Test
    void streams() throws IOException, InterruptedException {
        try (var stream = client(Stack.KEY).chat().completions().createStreaming(question(Stack.MODEL))) {
            var pieces = stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .filter(piece -> !piece.isEmpty())
                    .toList();
            assertThat(pieces).hasSizeGreaterThan(3);
            assertThat(String.join("", pieces)).contains("Paris");
        }
    }

    @Test
    void lists_models_and_gets_one() throws IOException, InterruptedException {
        var client = client(Stack.KEY);

        var ids = client.models().list().data().stream().map(Model::id).collect(Collectors.toSet());

        assertThat(ids).contains(Stack.MODEL);
        assertThat(client.models().retrieve(Stack.MODEL).id()).isEqualTo(Stack.MODEL);
    }

    @Test
    void a_license_denial_is_its_permission_error() throws IOException, InterruptedException {
        var client = client(Stack.COMMERCIAL_KEY);

        assertThatThrownBy(() -> client.chat().completions().create(question(Stack.NONCOMMERCIAL_MODEL)))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("clause 'noncommercial'");
        assertThatThrownBy(() -> client.chat().completions().createStreaming(question(Stack.NONCOMMERCIAL_MODEL)))
                .isInstanceOf(PermissionDeniedException.class);
    }

    private static OpenAIClient client(String key) throws IOException, InterruptedException {
        return OpenAIOkHttpClient.builder()
                .baseUrl(Stack.running().base())
                .apiKey(key)
                .build();
    }

    private static ChatCompletionCreateParams question(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .temperature(0)
                .addUserMessage("What is the capital of France?")
                .build();
    }
}
