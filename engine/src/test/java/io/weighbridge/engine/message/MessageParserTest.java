package io.weighbridge.engine.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class MessageParserTest {
    private static final Set<String> TOOLS = Set.of("weather", "clock");
    private static final ReasoningMarks THINK = new ReasoningMarks("<think>", "</think>");

    /** @param expected content as it is, {@code ~…~} for reasoning, {@code @name(arguments)} for calls */
    private record Case(
            MessageFormat format,
            Set<String> tools,
            @Nullable ReasoningMarks reasoning,
            boolean reasoningOpen,
            String text,
            String expected) {
        static Case of(MessageFormat format, String text, String expected) {
            return new Case(format, TOOLS, null, false, text, expected);
        }

        static Case thinking(MessageFormat format, boolean open, String text, String expected) {
            return new Case(format, TOOLS, THINK, open, text, expected);
        }

        MessageParser parser() {
            return MessageParser.of(format, tools, reasoning, reasoningOpen, new Random(1));
        }
    }

    static Stream<Case> cases() {
        return Stream.of(hermes(), llama(), mistral(), generic(), harmony(), reasoning())
                .flatMap(part -> part);
    }

    private static Stream<Case> hermes() {
        var format = MessageFormat.HERMES;
        return Stream.of(
                Case.of(format, "Hello.\n", "Hello.\n"),
                Case.of(format, "", ""),
                Case.of(format, "  indented\n\n  text  ", "  indented\n\n  text  "),
                Case.of(
                        format,
                        "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>",
                        "@weather({\"city\": \"Oslo\"})"),
                Case.of(
                        format,
                        "I look it up.\n\n<tool_call>\n{\"name\":\"weather\",\"arguments\":{}}\n</tool_call>\n<tool_call>{\"name\":\"clock\",\"arguments\":{\"a\":[1,{\"b\":\"}\"}]}}</tool_call>\n",
                        "I look it up.@weather({})@clock({\"a\":[1,{\"b\":\"}\"}]})"),
                Case.of(
                        format,
                        "<tool_call>{\"arguments\": {\"x\": 1}, \"id\": 3, \"name\": \"clock\"}</tool_call>",
                        "@clock({\"x\": 1})"),
                Case.of(format, "<tool_call>{\"name\": \"clock\"}</tool_call>", "@clock({})"),
                Case.of(
                        format,
                        "<tool_call>{\"name\": \"clock\", \"arguments\": \"{\\\"zone\\\": \\\"\\u00c5\\\"}\"}</tool_call>",
                        "@clock({\"zone\": \"\u00c5\"})"),
                Case.of(
                        format,
                        "<tool_call>[{\"name\":\"clock\",\"arguments\":{}},{\"name\":\"weather\",\"arguments\":{}}]</tool_call> done",
                        "@clock({})@weather({})done"),
                Case.of(
                        format,
                        "<tool_call>{\"name\":\"other\",\"arguments\":{\"s\":\"</tool_call>\"}}</tool_call>after",
                        "@other({\"s\":\"</tool_call>\"})after"),
                Case.of(format, "<tool_call>no json</tool_call>", "<tool_call>no json</tool_call>"),
                Case.of(format, "a < b <tool_ and <tool_call", "a < b <tool_ and <tool_call"),
                Case.of(format, "<tool_call>{\"name\": 3}", "<tool_call>{\"name\": 3}"),
                Case.of(format, "<tool_call>{\"city\": \"Oslo\"}", "<tool_call>{\"city\": \"Oslo\"}"),
                Case.of(format, "x <tool_call>{\"na", "x <tool_call>{\"na"),
                Case.of(
                        format,
                        "<tool_call>{\"name\":\"clock\",\"arguments\":{\"cut\": \"of",
                        "@clock({\"cut\": \"of)"),
                new Case(
                        format,
                        Set.of(),
                        null,
                        false,
                        "<tool_call>{\"name\":\"clock\",\"arguments\":{}}</tool_call>",
                        "<tool_call>{\"name\":\"clock\",\"arguments\":{}}</tool_call>"));
    }

    private static Stream<Case> llama() {
        var format = MessageFormat.LLAMA3;
        return Stream.of(
                Case.of(
                        format,
                        "{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo\"}}",
                        "@weather({\"city\": \"Oslo\"})"),
                Case.of(
                        format,
                        "<|python_tag|>{\"type\": \"function\", \"name\": \"weather\", \"parameters\": {\"n\": -1.5e3}}",
                        "@weather({\"n\": -1.5e3})"),
                Case.of(
                        format,
                        "{\"name\": \"weather\", \"parameters\": {}}; {\"name\": \"clock\", \"parameters\": {}}",
                        "@weather({})@clock({})"),
                Case.of(format, "{\"name\": \"Ann\", \"age\": 3}", "{\"name\": \"Ann\", \"age\": 3}"),
                Case.of(format, " {\"a\": [1, 2]}", " {\"a\": [1, 2]}"),
                Case.of(format, "Set {1, 2}", "Set {1, 2}"),
                Case.of(
                        format,
                        "Say {\"name\": \"weather\", \"parameters\": {}}",
                        "Say {\"name\": \"weather\", \"parameters\": {}}"),
                Case.of(format, "<|python_tag|>print(1)", "<|python_tag|>print(1)"));
    }

    private static Stream<Case> mistral() {
        var format = MessageFormat.MISTRAL;
        return Stream.of(
                Case.of(
                        format,
                        "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}, {\"name\": \"clock\", \"arguments\": {}}]",
                        "@weather({\"city\": \"Oslo\"})@clock({})"),
                Case.of(format, "[TOOL_CALLS]weather[ARGS]{\"city\": \"]\"}", "@weather({\"city\": \"]\"})"),
                Case.of(
                        format,
                        "Wait.[TOOL_CALLS]weather[ARGS]{\"a\": {}}[TOOL_CALLS]clock[CALL_ID]aB3[ARGS]{}",
                        "Wait.@weather({\"a\": {}})@clock({})"),
                Case.of(format, "[TOOL_CALLS]clock{\"zone\": 1}", "@clock({\"zone\": 1})"),
                Case.of(format, "a [1, 2] list [TOOL", "a [1, 2] list [TOOL"),
                Case.of(
                        format,
                        "[TOOL_CALLS] two words[ARGS]{} and " + "x".repeat(300),
                        "@two words({})and " + "x".repeat(300)));
    }

    private static Stream<Case> generic() {
        var format = MessageFormat.GENERIC_JSON;
        return Stream.of(
                Case.of(format, "{\"name\": \"clock\", \"arguments\": {\"z\": null}}", "@clock({\"z\": null})"),
                Case.of(
                        format,
                        "[{\"name\": \"clock\", \"arguments\": {}},\n {\"name\": \"weather\", \"parameters\": {}}]",
                        "@clock({})@weather({})"),
                Case.of(format, "[1, 2, 3]", "[1, 2, 3]"),
                Case.of(format, "{\"answer\": 42}", "{\"answer\": 42}"));
    }

    private static Stream<Case> harmony() {
        var format = MessageFormat.HARMONY;
        return Stream.of(
                Case.of(
                        format,
                        "<|channel|>analysis<|message|>Think.<|end|><|start|>assistant<|channel|>final<|message|>Four.",
                        "~Think.~Four."),
                Case.of(
                        format,
                        "<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{\"city\":\"Oslo\"}<|call|>",
                        "@weather({\"city\":\"Oslo\"})"),
                Case.of(
                        format,
                        "<|channel|>analysis<|message|>a<|end|><|start|>assistant to=functions.clock<|channel|>commentary json<|message|>{}",
                        "~a~@clock({})"),
                Case.of(
                        format,
                        "<|channel|>commentary<|message|>First I look.<|end|><|start|>assistant<|channel|>commentary to=functions.clock<|message|>{}<|call|>",
                        "First I look.@clock({})"),
                Case.of(format, "<|channel|>final<|message|>1 < 2 <| 3<|return|>", "1 < 2 <| 3"),
                Case.of(format, "plain text", "plain text"));
    }

    private static Stream<Case> reasoning() {
        var format = MessageFormat.HERMES;
        return Stream.of(
                Case.thinking(format, false, "<think>\nHm.\n</think>\n\nYes.", "~Hm.~Yes."),
                Case.thinking(format, true, "\nHm. \n Well.\n</think>\n\nYes.\n", "~Hm. \n Well.~Yes.\n"),
                Case.thinking(format, true, "cut of </thin", "~cut of </thin~"),
                Case.thinking(format, false, "<think>\n\n</think>\n\nYes.", "Yes."),
                Case.thinking(format, false, "No thought at all", "No thought at all"),
                Case.thinking(
                        format,
                        true,
                        "Call <tool_call> it.</think><tool_call>{\"name\":\"clock\",\"arguments\":{}}</tool_call>",
                        "~Call <tool_call> it.~@clock({})"),
                Case.thinking(
                        MessageFormat.LLAMA3,
                        false,
                        "<think>x</think>\n{\"name\": \"clock\", \"parameters\": {}}",
                        "~x~@clock({})"),
                new Case(format, Set.of(), THINK, false, "a<think>b</think>c", "a~b~c"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_message_is_taken_apart_however_it_is_cut(Case given) {
        assertThat(read(given, List.of(given.text()))).as("whole").isEqualTo(given.expected());
        assertThat(read(given, pieces(given.text(), () -> 1)))
                .as("by characters")
                .isEqualTo(given.expected());
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            assertThat(read(given, pieces(given.text(), () -> random.nextInt(1, 9))))
                    .as("cut with seed %d", seed)
                    .isEqualTo(given.expected());
        }
    }

    @Test
    void arguments_stream_before_the_call_is_complete() {
        var parser = Case.of(MessageFormat.HERMES, "", "").parser();
        var deltas = new ArrayList<>(parser.accept("<tool_call>{\"name\": \"clock\", \"arguments\": {\"zone\": \"Eu"));
        assertThat(deltas).hasSize(2);
        assertThat(deltas.get(1)).isEqualTo(new MessageDelta.CallArguments(0, "{\"zone\": \"Eu"));
    }

    @Test
    void content_streams_but_for_what_may_become_a_mark_or_be_dropped() {
        var parser = Case.of(MessageFormat.HERMES, "", "").parser();
        assertThat(parser.accept("Hello <to")).containsExactly(new MessageDelta.Content("Hello"));
        assertThat(parser.accept("p> it")).containsExactly(new MessageDelta.Content(" <top> it"));
    }

    @ParameterizedTest
    @EnumSource(MessageFormat.class)
    void random_text_is_never_lost_and_never_fails(MessageFormat format) {
        var bits = new String[] {
            "{",
            "}",
            "[",
            "]",
            "\"name\"",
            ":",
            "\"clock\"",
            ",",
            "\"arguments\"",
            "<tool_call>",
            "</tool_call>",
            " ",
            "\\",
            "\"",
            "<|python_tag|>",
            "[TOOL_CALLS]",
            "[ARGS]",
            "<|channel|>",
            "<|message|>",
            "<|end|>",
            "to=functions.x",
            "text",
            "<think>",
            "</think>",
            "\n",
            ";",
            "1.5"
        };
        for (int seed = 0; seed < 3_000; seed++) {
            var random = new Random(seed);
            var text = new StringBuilder();
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                text.append(bits[random.nextInt(bits.length)]);
            }
            var given = Case.thinking(format, random.nextBoolean(), text.toString(), "");
            var whole = read(given, List.of(given.text()));
            assertThat(read(given, pieces(given.text(), () -> 1)))
                    .as("seed %d, %s", seed, text)
                    .isEqualTo(whole);
            if (text.indexOf("text") >= 0 && format != MessageFormat.HARMONY) {
                assertThat(whole).as("seed %d, %s", seed, text).contains("text");
            }
        }
    }

    @Test
    void ids_have_the_length_that_templates_accept_and_indexes_count_up() {
        var text = "[TOOL_CALLS][{\"name\":\"clock\",\"arguments\":{}},{\"name\":\"clock\",\"arguments\":{}}]";
        var starts = Case.of(MessageFormat.MISTRAL, "", "").parser().accept(text).stream()
                .filter(MessageDelta.CallStarted.class::isInstance)
                .map(MessageDelta.CallStarted.class::cast)
                .toList();
        assertThat(starts).extracting(MessageDelta.CallStarted::index).containsExactly(0, 1);
        assertThat(starts).allSatisfy(start -> assertThat(start.id()).matches("[a-zA-Z0-9]{9}"));
        assertThat(starts.get(0).id()).isNotEqualTo(starts.get(1).id());
        var other = Case.of(MessageFormat.LLAMA3, "", "").parser().accept("{\"name\":\"clock\"}");
        assertThat(((MessageDelta.CallStarted) other.getFirst()).id()).matches("call_[a-zA-Z0-9]{24}");
    }

    @Test
    void a_name_at_the_limit_is_a_call_and_beyond_it_is_content() {
        var name = "n".repeat(MessageParser.NAME_CHARACTERS_MAX);
        var format = "<tool_call>{\"name\":\"%s\",\"arguments\":{}}</tool_call>";
        assertThat(read(Case.of(MessageFormat.HERMES, format.formatted(name), ""), List.of(format.formatted(name))))
                .isEqualTo("@" + name + "({})");
        var longer = format.formatted(name + "n");
        assertThat(read(Case.of(MessageFormat.HERMES, longer, ""), List.of(longer)))
                .isEqualTo(longer);
    }

    @Test
    void the_format_is_read_off_the_template() {
        assertThat(MessageFormat.of("{{ '<tool_call>' }}")).isEqualTo(MessageFormat.HERMES);
        assertThat(MessageFormat.of("{{ '[TOOL_CALLS]' }}")).isEqualTo(MessageFormat.MISTRAL);
        assertThat(MessageFormat.of("{{ '<|start_header_id|>' }}")).isEqualTo(MessageFormat.LLAMA3);
        assertThat(MessageFormat.of("{{ '<|start|>assistant<|channel|>final' }}"))
                .isEqualTo(MessageFormat.HARMONY);
        assertThat(MessageFormat.of("{{ '<|im_start|>' }}")).isEqualTo(MessageFormat.GENERIC_JSON);
    }

    @Test
    void reasoning_marks_are_read_off_the_template_and_the_prompt_tells_whether_they_are_open() {
        assertThat(ReasoningMarks.of("{{ '<|im_start|>' }}")).isEmpty();
        var marks = ReasoningMarks.of("{% set x = '<think>' %}").orElseThrow();
        assertThat(marks).isEqualTo(THINK);
        assertThat(marks.openAtEndOf("<|assistant|><think>\n")).isTrue();
        assertThat(marks.openAtEndOf("<|assistant|><think>\n\n</think>\n\n")).isFalse();
    }

    private static String read(Case given, List<String> pieces) {
        var parser = given.parser();
        var deltas = new ArrayList<MessageDelta>();
        pieces.forEach(piece -> deltas.addAll(parser.accept(piece)));
        deltas.addAll(parser.end());
        var text = new StringBuilder();
        var kind = "";
        for (var delta : deltas) {
            var now = delta.getClass().getSimpleName().replace("CallArguments", "CallStarted");
            if (!now.equals(kind) || delta instanceof MessageDelta.CallStarted) {
                text.append(close(kind));
                text.append(now.equals("Reasoning") ? "~" : "");
            }
            kind = now;
            text.append(
                    switch (delta) {
                        case MessageDelta.Content(var content) -> content;
                        case MessageDelta.Reasoning(var thought) -> thought;
                        case MessageDelta.CallStarted(var index, var id, var name) -> "@" + name + "(";
                        case MessageDelta.CallArguments(var index, var arguments) -> arguments;
                    });
        }
        return text.append(close(kind)).toString();
    }

    private static String close(String kind) {
        return switch (kind) {
            case "Reasoning" -> "~";
            case "CallStarted" -> ")";
            default -> "";
        };
    }

    private static List<String> pieces(String text, Supplier<Integer> length) {
        var pieces = new ArrayList<String>();
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + length.get());
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }
}
