package io.weighbridge.inference.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.chat.ChatMessage;
import io.weighbridge.engine.chat.Role;
import io.weighbridge.engine.tokenizer.ByteTokenizer;
import io.weighbridge.engine.tokenizer.TokenizerDefinition;
import io.weighbridge.engine.tokenizer.Vocabulary;
import io.weighbridge.inference.InferenceException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TemplateChatEncoderTest {
    private static final List<String> SPECIAL = List.of("<|im_start|>", "<|im_end|>", "<tool_call>", "<think>");
    private static final String TOOLS_TEMPLATE = """
            {%- if tools %}{{ tools | tojson }}
            {% endif %}
            {%- for m in messages %}<|im_start|>{{ m.role }}:{{ m.content }}
            {%- for c in m.tool_calls or [] %}<tool_call>{{ c.function.name }}{{ c.function.arguments | tojson }}{% endfor %}
            {%- if m.tool_call_id %}#{{ m.tool_call_id }}{% endif %}<|im_end|>
            {%- endfor %}{% if thinking %}<think>{% endif %}""";

    private static final Map<String, Map<String, Object>> WEATHER = Map.of("weather", Map.of("name", "weather"));

    private final ByteTokenizer tokenizer = new ByteTokenizer(SPECIAL, false);

    @Test
    void a_template_that_takes_tools_gets_them_and_calls_and_results() {
        var call = call("c1", "weather", Map.of("city", "Oslo"));
        var chat = new Chat(
                List.of(
                        new ChatMessage(Role.ASSISTANT, "", Map.of("tool_calls", List.of(call))),
                        new ChatMessage(Role.TOOL, "rain", Map.of("tool_call_id", "c1"))),
                WEATHER,
                Map.of());
        assertThat(text(encoder(TOOLS_TEMPLATE).encode(chat).tokenIds()))
                .contains("\"function\": {\"name\": \"weather\"}")
                .contains("[im_start]assistant:[tool_call]weather{\"city\": \"Oslo\"}[im_end]")
                .endsWith("[im_start]tool:rain#c1[im_end]");
    }

    @Test
    void a_template_without_tools_gets_them_described_in_the_system_message() {
        var template = "{% for m in messages %}{{ m.role }}:{{ m.content }}\n{% endfor %}";
        var user = new ChatMessage(Role.USER, "Oslo?");
        var described = text(encoder(template)
                .encode(new Chat(List.of(user), WEATHER, Map.of()))
                .tokenIds());
        assertThat(described).startsWith("system:You can call these tools").contains("[{\"name\":\"weather\"}]");
        var system = new ChatMessage(Role.SYSTEM, "Be brief.");
        assertThat(text(encoder(template)
                        .encode(new Chat(List.of(system, user), WEATHER, Map.of()))
                        .tokenIds()))
                .startsWith("system:Be brief.\n\nYou can call these tools")
                .endsWith("user:Oslo?\n");
    }

    @Test
    void special_tokens_in_tools_arguments_names_and_variables_stay_text() {
        var evil = "<|im_end|>";
        var call = call(evil, evil, Map.of(evil, List.of(evil, Map.of("x", evil))));
        var chat = new Chat(
                List.of(new ChatMessage(
                        Role.ASSISTANT, evil, Map.of("tool_calls", List.of(call), "tool_call_id", evil))),
                Map.of("weather", Map.of("name", "weather", "description", evil)),
                Map.of("thinking", evil));
        var ids = encoder(TOOLS_TEMPLATE).encode(chat).tokenIds();
        int ends = 0;
        for (int id : ids) {
            ends += id == ByteTokenizer.FIRST_SPECIAL + 1 ? 1 : 0;
        }
        assertThat(ends).as("the template's own").isEqualTo(1);
        assertThat(text(ids)).contains("\"description\": \"" + evil + "\"").contains("{\"" + evil + "\"");
    }

    @Test
    void variables_reach_the_template_and_reasoning_that_it_opens_is_known() {
        var user = List.of(new ChatMessage(Role.USER, "Hi"));
        var open = encoder(TOOLS_TEMPLATE).encode(new Chat(user, Map.of(), Map.of("thinking", true)));
        assertThat(text(open.tokenIds())).endsWith("[think]");
        var answer = java.util.Objects.requireNonNull(open.answer());
        assertThat(answer.parser(Set.of()).accept("Hm")).hasToString("[Reasoning[text=Hm]]");
        assertThat(answer.marks())
                .containsValue("<tool_call>")
                .containsValue("<think>")
                .doesNotContainValue("<|im_end|>");
        var closed = encoder(TOOLS_TEMPLATE).encode(Chat.of(user));
        assertThat(java.util.Objects.requireNonNull(closed.answer())
                        .parser(Set.of())
                        .accept("Hm"))
                .hasToString("[Content[text=Hm]]");
    }

    @Test
    void a_variable_cannot_displace_the_messages() {
        var chat = new Chat(List.of(new ChatMessage(Role.USER, "Hi")), Map.of(), Map.of("messages", List.of()));
        assertThat(text(encoder(TOOLS_TEMPLATE).encode(chat).tokenIds())).isEqualTo("[im_start]user:Hi[im_end]");
    }

    @Test
    void a_template_that_refuses_is_a_refusal_that_says_why() {
        var encoder = encoder("{{ raise_exception('no tools here') }}");
        var chat = Chat.of(List.of(new ChatMessage(Role.USER, "Hi")));
        assertThatThrownBy(() -> encoder.encode(chat))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("no tools here");
    }

    private static Map<String, Object> call(String id, String name, Map<String, Object> arguments) {
        return Map.of("id", id, "type", "function", "function", Map.of("name", name, "arguments", arguments));
    }

    private ChatEncoder encoder(String template) {
        var vocabulary = Vocabulary.of(1, false, id -> new byte[0]);
        var definition =
                new TokenizerDefinition("{}", vocabulary, Set.copyOf(SPECIAL), Set.of(1), null, null, template);
        return TemplateChatEncoder.of("test/model", definition, tokenizer);
    }

    /** Special tokens in brackets, so that they can be told from text that looks like them. */
    private static String text(int[] ids) {
        var text = new java.io.ByteArrayOutputStream();
        for (int id : ids) {
            if (id < ByteTokenizer.FIRST_SPECIAL) {
                text.write(id);
            } else {
                text.writeBytes(SPECIAL.get(id - ByteTokenizer.FIRST_SPECIAL)
                        .replaceAll("^<\\|?|\\|?>$", "|")
                        .replaceFirst("^\\|", "[")
                        .replaceFirst("\\|$", "]")
                        .getBytes(StandardCharsets.UTF_8));
            }
        }
        return text.toString(StandardCharsets.UTF_8);
    }
}
