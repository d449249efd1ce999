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
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Output against what Jinja2 made of the same templates; {@code src/test/oracle/render.py} wrote the expected files. */
class ChatTemplateOracleTest {
    static final ZonedDateTime NOW = ZonedDateTime.of(2025, 3, 7, 9, 5, 3, 0, ZoneOffset.UTC);

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {"chatml", "headers", "whitespace", "expressions", "statements", "filters", "tests", "methods"})
    void output_is_that_of_jinja(String name) {
        var template = ChatTemplate.parse(resource("cases/" + name + ".jinja"));
        assertThat(template.render(data(), NOW)).isEqualTo(resource("cases/" + name + ".txt"));
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
