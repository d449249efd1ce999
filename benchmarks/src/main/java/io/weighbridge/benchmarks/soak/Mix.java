package io.weighbridge.benchmarks.soak;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes requests of all kinds, at random by seed. Not thread-safe: each caller has its own. */
final class Mix {
    /** Most tokens that a request asks for. */
    private static final int TOKENS_MAX = 64;

    private static final int SHARED_BEGINNINGS = 3;
    private static final int LONG_PROMPT_WORDS = 700;
    private static final int SHARED_WORDS = 350;

    private static final List<String> WORDS = List.of(
            "river", "mill", "stone", "winter", "harvest", "bridge", "scale", "load", "road", "gate", "grain", "wheel",
            "miller", "ox", "cart", "market", "bread", "flour", "morning", "law");

    private static final String SCHEMA = """
            "response_format": {"type": "json_schema", "json_schema": {"name": "person", "strict": true, "schema": {"type": "object",
              "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}, "member": {"type": "boolean"}},
              "required": ["name", "age", "member"], "additionalProperties": false}}}""";

    private static final String TOOLS = """
            "tools": [{"type": "function", "function": {"name": "weigh", "description": "Weighs a load", "parameters": {"type": "object",
              "properties": {"load": {"type": "string", "maxLength": 12}}, "required": ["load"]}}}], "tool_choice": "required\"""";

    private final Random random;
    private final String model;
    private final String encoder;

    /** @param encoder a model for embeddings, empty to ask for none */
    Mix(long seed, String model, String encoder) {
        this.random = new Random(seed);
        this.model = model;
        this.encoder = encoder;
    }

    /**
     * One request.
     *
     * @param kind for the report
     * @param cancelAfterMillis negative: never
     * @param valid whether it should be taken
     */
    record Request(String kind, String path, String body, boolean stream, int cancelAfterMillis, boolean valid) {}

    Request next() {
        boolean stream = random.nextBoolean();
        int cancel = random.nextInt(4) == 0 ? random.nextInt(4000) : -1;
        int kind = random.nextInt(encoder.isEmpty() ? 12 : 13);
        return switch (kind) {
            case 0, 1 -> chat("chat", words(5 + random.nextInt(40)), sampling(), stream, cancel);
            case 2 -> chat("long chat", words(LONG_PROMPT_WORDS), sampling(), stream, cancel);
            case 3, 4 -> shared(stream, cancel);
            case 5 -> text("text", sampling(), stream, cancel);
            case 6 ->
                text("text with log probabilities", sampling() + ", \"logprobs\": 3, \"echo\": true", stream, cancel);
            case 7 ->
                chat(
                        "chat with log probabilities",
                        words(10),
                        sampling() + ", \"logprobs\": true, \"top_logprobs\": 4",
                        stream,
                        cancel);
            case 8 -> chat("json schema", "Describe " + words(3), sampling() + ", " + SCHEMA, stream, cancel);
            case 9 -> chat("tool", "Weigh " + words(2), sampling() + ", " + TOOLS, stream, cancel);
            case 10 -> chat("two choices", words(12), sampling() + ", \"n\": 2", stream, cancel);
            case 11 ->
                random.nextInt(4) > 0
                        ? text("best of three", sampling() + ", \"best_of\": 3", false, cancel)
                        : new Request(
                                "invalid",
                                "/v1/chat/completions",
                                "{\"model\": \"%s\", \"temperature\": \"warm\", \"messages\": []}".formatted(model),
                                false,
                                -1,
                                false);
            default ->
                new Request(
                        "embeddings",
                        "/v1/embeddings",
                        "{\"model\": \"%s\", \"input\": [\"%s\", \"%s\"]}".formatted(encoder, words(20), words(90)),
                        false,
                        cancel,
                        true);
        };
    }

    private Request shared(boolean stream, int cancel) {
        var beginning = new Random(random.nextInt(SHARED_BEGINNINGS));
        var system = IntStream.range(0, SHARED_WORDS)
                .mapToObj(_ -> WORDS.get(beginning.nextInt(WORDS.size())))
                .collect(Collectors.joining(" "));
        var messages = "[{\"role\": \"system\", \"content\": \"%s\"}, {\"role\": \"user\", \"content\": \"%s\"}]"
                .formatted(system, words(8));
        return new Request(
                "shared beginning",
                "/v1/chat/completions",
                "{\"model\": \"%s\", \"messages\": %s, \"stream\": %s, %s}"
                        .formatted(model, messages, stream, sampling()),
                stream,
                cancel,
                true);
    }

    private Request chat(String kind, String content, String fields, boolean stream, int cancel) {
        return new Request(
                kind,
                "/v1/chat/completions",
                "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}], \"stream\": %s, %s}"
                        .formatted(model, content, stream, fields),
                stream,
                cancel,
                true);
    }

    private Request text(String kind, String fields, boolean stream, int cancel) {
        return new Request(
                kind,
                "/v1/completions",
                "{\"model\": \"%s\", \"prompt\": \"%s\", \"stream\": %s, %s}"
                        .formatted(model, words(5 + random.nextInt(60)), stream, fields),
                stream,
                cancel,
                true);
    }

    private String sampling() {
        var fields = "\"max_tokens\": " + (1 + random.nextInt(TOKENS_MAX));
        fields += switch (random.nextInt(4)) {
            case 0 -> ", \"temperature\": 0";
            case 1 -> ", \"temperature\": 0.7, \"top_p\": 0.9, \"seed\": " + random.nextInt(100);
            case 2 -> ", \"temperature\": 1.2, \"presence_penalty\": 0.5";
            default -> "";
        };
        return random.nextInt(4) == 0 ? fields + ", \"stop\": [\"the\", \". \"]" : fields;
    }

    private String words(int count) {
        return IntStream.range(0, count)
                .mapToObj(_ -> WORDS.get(random.nextInt(WORDS.size())))
                .collect(Collectors.joining(" "));
    }
}
