package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the README promises: the printed line works as pasted, and the answer is right. */
class CompletionTest {
    private static final String QUESTION = """
            {"model": "%s", "temperature": 0, "messages": [{"role": "user", "content": "What is the capital of France?"}]}""".formatted(Stack.MODEL);

    @Test
    void the_printed_curl_line_answers_paris_as_a_stream() throws IOException, InterruptedException {
        var up = Stack.running().launcher.run("up");
        var line = up.output().lines().filter(text -> text.startsWith("curl ")).toList();
        assertThat(line).as(up.output()).hasSize(1);

        var output = Files.createTempFile("curl", ".out");
        var curl = new ProcessBuilder(List.of("sh", "-c", line.getFirst()))
                .redirectOutput(output.toFile())
                .start();
        assertThat(curl.waitFor(2, TimeUnit.MINUTES)).isTrue();
        var frames = Files.readString(output, StandardCharsets.UTF_8)
                .lines()
                .filter(text -> !text.isEmpty())
                .toList();

        assertThat(frames).allMatch(frame -> frame.startsWith("data: "));
        assertThat(frames.getLast()).isEqualTo("data: [DONE]");
        assertThat(frames).hasSizeGreaterThan(5);
        var answer = new StringBuilder();
        for (var frame : frames.subList(0, frames.size() - 1)) {
            var delta = new ObjectMapper().readTree(frame.substring(6)).at("/choices/0/delta/content");
            answer.append(delta.asText(""));
        }
        assertThat(answer).contains("Paris");
    }

    @Test
    void a_whole_answer_carries_usage_and_the_license() throws IOException, InterruptedException {
        var response = Stack.running().post("/chat/completions", QUESTION);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        var body = new ObjectMapper().readTree(response.body());
        assertThat(body.at("/choices/0/message/content").asText()).contains("Paris");
        assertThat(body.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(body.at("/usage/prompt_tokens").asInt()).isEqualTo(37);
        assertThat(response.headers().firstValue("x-model-license")).contains("Apache-2.0");
        assertThat(response.headers().firstValue("x-license-decision-id")).isPresent();
    }

    @Test
    void the_same_seed_gives_the_same_text() throws IOException, InterruptedException {
        var body = """
                {"model": "%s", "temperature": 1, "seed": 11, "max_tokens": 24, "prompt": "Once upon a time"}""".formatted(Stack.MODEL);

        var first = Stack.running().post("/completions", body);
        var second = Stack.running().post("/completions", body);

        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        var text =
                new ObjectMapper().readTree(first.body()).at("/choices/0/text").asText();
        assertThat(text).isNotBlank();
        assertThat(new ObjectMapper()
                        .readTree(second.body())
                        .at("/choices/0/text")
                        .asText())
                .isEqualTo(text);
    }
}
