package io.weighbridge.engine.message;

import java.util.List;
import java.util.Set;

/** How models write tool calls. */
public enum MessageFormat {
    /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}: Hermes, Qwen and many who follow them. */
    HERMES("<tool_call>", "</tool_call>"),
    /** {@code {"name": …, "parameters": {…}}}, with {@code <|python_tag|>} before it or not, several parted by ';': Llama 3. */
    LLAMA3("<|python_tag|>"),
    /** {@code [TOOL_CALLS][{"name": …, "arguments": {…}}]} or, later, {@code [TOOL_CALLS]name[ARGS]{…}}: Mistral. */
    MISTRAL("[TOOL_CALLS]", "[CALL_ID]", "[ARGS]"),
    /** Messages on channels with {@code <|channel|>} and a recipient: gpt-oss. */
    HARMONY("<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>"),
    /** One object or a list of objects with name and arguments, nothing around: models that were told so in the prompt. */
    GENERIC_JSON;

    private final List<String> marks;

    MessageFormat(String... marks) {
        this.marks = List.of(marks);
    }

    /** Control tokens whose texts the parser has to see; all others say nothing about a message. */
    public Set<String> marks() {
        return Set.copyOf(marks);
    }

    /** The format that a chat template tells its model to write. */
    public static MessageFormat of(String chatTemplate) {
        if (chatTemplate.contains("<|channel|>")) {
            return HARMONY;
        }
        if (chatTemplate.contains("[TOOL_CALLS]")) {
            return MISTRAL;
        }
        if (chatTemplate.contains("<tool_call>")) {
            return HERMES;
        }
        if (chatTemplate.contains("<|python_tag|>") || chatTemplate.contains("<|start_header_id|>")) {
            return LLAMA3;
        }
        return GENERIC_JSON;
    }
}
