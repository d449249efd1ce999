package io.weighbridge.engine.fuzz;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weighbridge.engine.chat.ChatMessage;
import io.weighbridge.engine.chat.ChatTemplate;
import io.weighbridge.engine.chat.Role;
import io.weighbridge.engine.chat.TemplateException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Chat templates: the sources of the tests with their pieces moved, parsed and rendered over a conversation. */
final class TemplateTarget implements Target {
    /**
     * Rendering may make 64 Mi characters of text and take five million steps, each of which makes some small values; a template
     * that uses all of it costs this much over its whole run, not at once.
     */
    private static final Limits LIMITS = new Limits(2L << 30, 10_000, 20_000);

    private static final Pattern PIECE =
            Pattern.compile("\\{%-?|-?%\\}|\\{\\{-?|-?\\}\\}|\\w+|\\s+|'[^']*'|.", Pattern.DOTALL);

    /** Pieces that cost, nest or end something. */
    private static final List<String> NASTY = List.of(
            "9999999999",
            "-1",
            "0",
            "2**62",
            "0.1",
            "1e308",
            "''",
            "'a' * 1000000",
            "range(1000000000)",
            "[1] * 100000",
            "none",
            "true",
            "messages",
            "messages[0]",
            "loop",
            "loop.index",
            "namespace(a=1)",
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "{% for x in messages %}",
            "{% for x in range(1000) %}",
            "{% endfor %}",
            "{% if x %}",
            "{% endif %}",
            "{% macro f(a) %}{{ f(a) }}{% endmacro %}{{ f(1) }}",
            "{% set x = x + x %}",
            "{% set x = [messages, x] %}",
            "|join(',')",
            "|tojson",
            "|list",
            "|sort",
            "|reverse",
            "|map(attribute='role')",
            "|replace('', 'aa')",
            "|indent(100000)",
            "|center(1000000)",
            ".split('')",
            ".format(1)",
            "~",
            "%",
            "**",
            "//",
            "is",
            "in",
            "not");

    private static final List<ChatMessage> MESSAGES = List.of(
            new ChatMessage(Role.SYSTEM, "Be brief."),
            new ChatMessage(Role.USER, "  What is <b>2 + 2</b> & \"why\"?  "),
            new ChatMessage(Role.ASSISTANT, "<think>\nsum\n</think>\n\n4"),
            new ChatMessage(Role.USER, "\ud83d\udc4b{{ messages }}"));
    private static final ChatTemplate.Settings SETTINGS = new ChatTemplate.Settings(
            true,
            "<s>",
            "</s>",
            ZonedDateTime.of(2025, 3, 7, 9, 5, 3, 0, ZoneOffset.UTC),
            List.of(Map.of("type", "function", "function", Map.of("name", "weather", "parameters", Map.of()))));

    private final List<List<String>> sources = new ArrayList<>();

    TemplateTarget() throws IOException, URISyntaxException {
        try (var files = Files.walk(resource("/chat"))) {
            for (var path : files.filter(path -> path.toString().endsWith(".jinja"))
                    .sorted()
                    .toList()) {
                sources.add(pieces(Files.readString(path, StandardCharsets.UTF_8)));
            }
        }
        for (var source :
                new JsonMapper().readTree(resource("/chat/errors.json").toFile())) {
            sources.add(pieces(source.asText()));
        }
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(TemplateTarget.class.getResource(name), name)
                .toURI());
    }

    private static List<String> pieces(String source) {
        return PIECE.matcher(source).results().map(MatchResult::group).toList();
    }

    @Override
    public Input next(RandomGenerator random) {
        var pieces = new ArrayList<>(any(random));
        for (int i = random.nextInt(1 + random.nextInt(4)); i >= 0; i--) {
            change(pieces, random);
        }
        var source = String.join("", pieces);
        return new Input(source.length(), () -> ChatTemplate.parse(source).render(MESSAGES, SETTINGS));
    }

    private void change(List<String> pieces, RandomGenerator random) {
        int at = random.nextInt(pieces.size() + 1);
        int end = at + Math.min(pieces.size() - at, 1 + random.nextInt(random.nextInt(4) == 0 ? 40 : 4));
        var span = List.copyOf(pieces.subList(at, end));
        var other = any(random);
        int from = random.nextInt(other.size());
        switch (random.nextInt(8)) {
            case 0 -> pieces.subList(at, end).clear();
            case 1 -> pieces.addAll(random.nextInt(pieces.size() + 1), span);
            case 2 -> pieces.addAll(at, other.subList(from, Math.min(other.size(), from + 1 + random.nextInt(40))));
            case 3 -> {
                for (int i = random.nextInt(random.nextInt(8) == 0 ? 2_000 : 20); i > 0; i--) {
                    pieces.addAll(at, span);
                }
            }
            case 4 -> pieces.add(at, String.valueOf((char) random.nextInt(random.nextBoolean() ? 128 : 65_536)));
            case 5 -> {
                if (at < end) {
                    pieces.set(at, other.get(from));
                }
            }
            case 6 -> {
                if (at < end) {
                    pieces.set(at, NASTY.get(random.nextInt(NASTY.size())));
                }
            }
            default -> pieces.add(at, NASTY.get(random.nextInt(NASTY.size())));
        }
    }

    private List<String> any(RandomGenerator random) {
        return sources.get(random.nextInt(sources.size()));
    }

    @Override
    public boolean isRefusal(Throwable failure) {
        return failure instanceof TemplateException;
    }

    @Override
    public Limits limits() {
        return LIMITS;
    }
}
