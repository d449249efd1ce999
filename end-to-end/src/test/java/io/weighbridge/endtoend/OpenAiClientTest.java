package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.PermissionDeniedException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
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
    void completes_several_prompts_in_one_request_as_each_alone() throws IOException, InterruptedException {
        var client = client(Stack.KEY);
        var prompts = List.of("The capital of France is", "One, two, three,", "The sky is");

        var together = client.completions().create(texts(prompts)).choices();

        assertThat(together).extracting(CompletionChoice::index).containsExactly(0L, 1L, 2L);
        var alone = new ArrayList<String>();
        for (var prompt : prompts) {
            alone.add(client.completions()
                    .create(texts(List.of(prompt)))
                    .choices()
                    .getFirst()
                    .text());
        }
        assertThat(together).extracting(CompletionChoice::text).containsExactlyElementsOf(alone);
        var streamed = new TreeMap<Long, String>();
        try (var stream = client.completions().createStreaming(texts(prompts))) {
            stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .forEach(choice -> streamed.merge(choice.index(), choice.text(), String::concat));
        }
        assertThat(streamed.values()).containsExactlyElementsOf(alone);
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

    private static CompletionCreateParams texts(List<String> prompts) {
        return CompletionCreateParams.builder()
                .model(Stack.MODEL)
                .temperature(0)
                .maxTokens(12)
                .promptOfArrayOfStrings(prompts)
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
