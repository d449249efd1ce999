package io.weighbridge.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Output against what Jinja2 made of the same templates; {@code src/test/oracle/render.py} wrote the expected files. */
class ChatTemplateOracleTest {
    static final ZonedDateTime NOW = ZonedDateTime.of(2025, 3, 7, 9, 5, 3, 0, ZoneOffset.UTC);

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> TEMPLATES = List.of(
            "chatml_default_system",
            "command_r_documents",
            "deepseek_r1",
            "gemma",
            "granite",
            "harmony",
            "hermes_tools",
            "llama2",
            "llama3_tools",
            "mistral_tools",
            "mistral_v1",
            "olmo",
            "phi3",
            "qwen_tools_reasoning",
            "smollm3",
            "stablelm",
            "zephyr");

    @ParameterizedTest
    @ValueSource(
            strings = {"chatml", "headers", "whitespace", "expressions", "statements", "filters", "tests", "methods"})
    void output_is_that_of_jinja(String name) {
        var template = ChatTemplate.parse(resource("cases/" + name + ".jinja"));
        assertThat(template.render(data(), NOW)).isEqualTo(resource("cases/" + name + ".txt"));
    }

    static Stream<Arguments> renderings() {
        var given = json(resource("conversations.json"), new TypeReference<Map<String, Map<String, Object>>>() {});
        var conversations = Objects.requireNonNull(given.get("conversations"));
        return TEMPLATES.stream()
                .flatMap(template -> conversations.keySet().stream().map(name -> Arguments.of(template, name)));
    }

    /** Templates in the style of published ones; {@code src/test/oracle/chat_templates.py} wrote what is expected. */
    @ParameterizedTest
    @MethodSource("renderings")
    void prompts_are_those_of_transformers(String template, String conversation) throws IOException {
        var given = JSON.readTree(resource("conversations.json"));
        var expected =
                JSON.readTree(resource("templates/" + template + ".json")).get(conversation);
        var variables = JSON.convertValue(given.get("common"), new TypeReference<LinkedHashMap<String, Object>>() {});
        variables.putAll(JSON.convertValue(
                given.get("conversations").get(conversation), new TypeReference<LinkedHashMap<String, Object>>() {}));
        var parsed = ChatTemplate.parse(resource("templates/" + template + ".jinja"));
        if (!expected.get("text").isNull()) {
            assertThat(parsed.render(variables, NOW))
                    .isEqualTo(expected.get("text").asText());
            return;
        }
        assertThatThrownBy(() -> parsed.render(variables, NOW))
                .isInstanceOfSatisfying(TemplateException.class, failure -> {
                    assertThat(failure.isRefusal()).isEqualTo(expected.has("refusal"));
                    if (failure.isRefusal()) {
                        assertThat(failure).hasMessage(expected.get("refusal").asText());
                    }
                });
    }

    static Stream<Arguments> snippets() throws IOException {
        var snippets = resource("snippets.txt").replaceFirst("\n$", "").split("\n----\n");
        var expected = JSON.readTree(resource("snippets.json"));
        assertThat(expected).hasSize(snippets.length);
        return IntStream.range(0, snippets.length)
                .mapToObj(i -> Arguments.of(snippets[i], expected.get(i).asText()));
    }

    @ParameterizedTest
    @MethodSource("snippets")
    void every_feature_renders_as_in_transformers(String snippet, String expected) {
        assertThat(ChatTemplate.parse(snippet).render(data(), NOW)).isEqualTo(expected);
    }

    static List<String> errorSnippets() {
        return resource("error-snippets.txt").lines().toList();
    }

    @ParameterizedTest
    @MethodSource("errorSnippets")
    void what_fails_in_transformers_fails_here(String snippet) {
        assertThatThrownBy(() -> ChatTemplate.parse(snippet).render(data(), NOW))
                .isInstanceOf(TemplateException.class);
    }

    static List<String> errors() {
        return json(resource("errors.json"), new TypeReference<List<String>>() {});
    }

    @ParameterizedTest
    @MethodSource("errors")
    void what_fails_in_jinja_fails_here(String template) {
        assertThatThrownBy(() -> ChatTemplate.parse(template).render(data(), NOW))
                .isInstanceOf(TemplateException.class);
    }

    static LinkedHashMap<String, Object> data() {
        return json(resource("data.json"), new TypeReference<LinkedHashMap<String, Object>>() {});
    }

    static String resource(String name) {
        try (var stream =
                Objects.requireNonNull(ChatTemplateOracleTest.class.getResourceAsStream("/chat/" + name), name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T json(String text, TypeReference<T> type) {
        try {
            return JSON.readValue(text, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
