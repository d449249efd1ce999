package io.weighbridge.engine.chat;

import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Jinja text of a checkpoint that turns messages into a prompt, parsed. It understands what published chat templates use
 * and renders it as transformers does. A template is untrusted content of a checkpoint: it is interpreted over values of its
 * own, cannot reach Java, and every kind of excess has a limit. Immutable; any number of threads may render at once.
 */
public final class ChatTemplate {
    /** Longest template, in characters; the longest published ones have some thirty thousand. */
    public static final int TEMPLATE_CHARACTERS_MAX = 256 * 1024;
    /** Longest prompt, and longest text on the way to it: beyond any model's context. */
    public static final int OUTPUT_CHARACTERS_MAX = 4 * 1024 * 1024;
    /** Characters of all texts made in one rendering, so that building a prompt up piece by piece is possible. */
    public static final int TEXT_CHARACTERS_MAX = 64 * 1024 * 1024;
    /** Expressions evaluated, statements run and items walked in one rendering. */
    public static final int STEPS_MAX = 5_000_000;
    /** Longest that one rendering may take; real ones take milliseconds. */
    public static final Duration RENDERING_TIME_MAX = Duration.ofSeconds(10);
    /** Blocks, parentheses or values inside each other. */
    public static final int NESTING_MAX = 100;
    /** Evaluations inside each other, macro calls among them. */
    public static final int EVALUATION_DEPTH_MAX = 500;
    /** Characters of a text that a loop or a list filter takes apart; each becomes a value of its own. */
    public static final int ITERATED_CHARACTERS_MAX = 100_000;
    /** Blanks of one indentation. */
    static final int INDENT_MAX = 256;

    private final List<Statement> statements;

    private ChatTemplate(List<Statement> statements) {
        this.statements = statements;
    }

    /**
     * What a rendering depends on beside the messages.
     *
     * @param addGenerationPrompt whether the prompt ends where the assistant's answer begins
     * @param beginText the checkpoint's beginning-of-sequence token, {@code bos_token} in templates
     * @param endText the checkpoint's end-of-sequence token, {@code eos_token} in templates
     * @param now what {@code strftime_now} tells
     * @param tools descriptions of tools as plain values (maps, lists, strings, numbers, booleans); null for none
     * @param more further variables that some templates look for ({@code documents}, {@code enable_thinking}, {@code
     *     reasoning_effort}), as plain values
     */
    public record Settings(
            boolean addGenerationPrompt,
            @Nullable String beginText,
            @Nullable String endText,
            ZonedDateTime now,
            @Nullable List<Map<String, Object>> tools,
            Map<String, Object> more) {
        /** Settings without further variables. */
        public Settings(
                boolean addGenerationPrompt,
                @Nullable String beginText,
                @Nullable String endText,
                ZonedDateTime now,
                @Nullable List<Map<String, Object>> tools) {
            this(addGenerationPrompt, beginText, endText, now, tools, Map.of());
        }

        /** These with further variables. */
        public Settings with(Map<String, Object> variables) {
            return new Settings(addGenerationPrompt, beginText, endText, now, tools, variables);
        }

        /** Settings without tools. */
        public Settings(
                boolean addGenerationPrompt, @Nullable String beginText, @Nullable String endText, ZonedDateTime now) {
            this(addGenerationPrompt, beginText, endText, now, null);
        }
    }

    /** The template in {@code jinja}; a {@link TemplateException} tells the line of what is wrong with it. */
    public static ChatTemplate parse(String jinja) {
        if (jinja.length() > TEMPLATE_CHARACTERS_MAX) {
            throw TemplateException.limit("it has %d characters; at most %d are supported"
                    .formatted(jinja.length(), TEMPLATE_CHARACTERS_MAX));
        }
        return new ChatTemplate(Parser.parse(jinja));
    }

    /** The prompt for {@code messages}. */
    public String render(List<ChatMessage> messages, Settings settings) {
        var values = new ArrayList<Object>();
        for (var message : messages) {
            var value = new LinkedHashMap<String, Object>();
            value.put("role", message.role().text());
            value.put("content", message.content());
            value.putAll(message.more());
            values.add(value);
        }
        var variables = new LinkedHashMap<String, Object>(settings.more());
        variables.put("messages", values);
        variables.put("add_generation_prompt", settings.addGenerationPrompt());
        if (settings.beginText() != null) {
            variables.put("bos_token", settings.beginText());
        }
        if (settings.endText() != null) {
            variables.put("eos_token", settings.endText());
        }
        var scope = new Scope(null);
        scope.set("tools", Values.of(settings.tools()));
        scope.set("documents", None.NONE);
        return render(scope, variables, settings.now());
    }

    /** The template's output over {@code variables}, plain Java values. */
    String render(Map<String, Object> variables, ZonedDateTime now) {
        return render(new Scope(null), variables, now);
    }

    private String render(Scope scope, Map<String, Object> variables, ZonedDateTime now) {
        var budget = new Budget();
        Globals.define(scope, now, budget);
        variables.forEach((name, value) -> scope.set(name, Values.of(value)));
        return new Interpreter(budget).run(statements, scope.inner());
    }
}
