package io.weighbridge.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** An {@link Inspection} for people at a terminal. */
final class InspectPage {
    private static final double MEGA = 1e6;

    private final JsonNode tree;
    private final List<String> lines = new ArrayList<>();

    private InspectPage(JsonNode tree) {
        this.tree = tree;
    }

    static String of(JsonNode tree) {
        var page = new InspectPage(tree);
        page.head();
        page.words();
        page.license();
        page.files();
        page.serving();
        page.tensors();
        return String.join("\n", page.lines);
    }

    private void head() {
        lines.add(tree.path("name").asText());
        row("title", tree.path("title").asText(""));
        row(
                "format",
                tree.path("format").asText() + ", " + tree.path("architecture").asText("no architecture named"));
        row(
                "parameters",
                "%s in %d tensors, %s"
                        .formatted(
                                number(tree.path("parameters")),
                                tree.path("tensorCount").asInt(),
                                mega(tree.path("tensorBytes"))));
        long all = Math.max(1, tree.path("tensorBytes").asLong());
        row(
                "stored as",
                each(
                        "storedAs",
                        type -> "%s %.1f %% (%d)"
                                .formatted(
                                        type.path("type").asText(),
                                        100.0 * type.path("bytes").asLong() / all,
                                        type.path("tensors").asInt())));
        var shape = tree.path("shape");
        if (shape.isObject()) {
            row(
                    "shape",
                    "%d layers, hidden size %d, %d heads of %d (%d for keys and values)"
                            .formatted(
                                    shape.path("layers").asInt(),
                                    shape.path("hiddenSize").asInt(),
                                    shape.path("heads").asInt(),
                                    shape.path("headDimension").asInt(),
                                    shape.path("kvHeads").asInt()));
            row(
                    "",
                    "feed-forward %d%s, vocabulary %d%s"
                            .formatted(
                                    shape.path("feedForward").asInt(),
                                    shape.has("experts")
                                            ? " of %d experts, %d used"
                                                    .formatted(
                                                            shape.path("experts")
                                                                    .asInt(),
                                                            shape.path("expertsUsed")
                                                                    .asInt())
                                            : "",
                                    shape.path("vocabulary").asInt(),
                                    shape.path("tiedHead").asBoolean() ? ", head tied to the embeddings" : ""));
        }
        if (tree.path("contextLength").isNumber()) {
            row("context", number(tree.path("contextLength")) + " tokens");
        }
    }

    private void words() {
        var tokenizer = tree.path("tokenizer");
        if (tokenizer.has("problem")) {
            row(
                    "tokenizer",
                    "none that can be used: " + tokenizer.path("problem").asText());
            return;
        }
        var gguf = tokenizer.has("ggufModel")
                ? " (%s%s)"
                        .formatted(
                                tokenizer.path("ggufModel").asText(),
                                tokenizer.has("ggufPreTokenizer")
                                        ? ", "
                                                + tokenizer
                                                        .path("ggufPreTokenizer")
                                                        .asText()
                                        : "")
                : "";
        row(
                "tokenizer",
                "%s%s, %s tokens; begins with %s, ends with %s"
                        .formatted(
                                tokenizer.path("kind").asText(),
                                gguf,
                                number(tokenizer.path("size")),
                                tokenizer.path("begin").asText("nothing"),
                                tokenizer.path("end").asText("nothing")));
        var named = each(tokenizer.path("special"), JsonNode::asText);
        int more = tokenizer.path("specialCount").asInt()
                - tokenizer.path("special").size();
        row("special", named + (more > 0 ? " and %d more".formatted(more) : ""));
        var chat = tree.path("chatTemplate");
        if (chat.isMissingNode()) {
            row("chat", "no template: prompts are sent as text");
            return;
        }
        row(
                "chat",
                "template of %s characters, %s"
                        .formatted(
                                number(chat.path("characters")),
                                chat.path("takesTools").asBoolean() ? "takes tools" : "knows no tools"));
        chat.path("firstLines").forEach(line -> row("", "| " + line.asText()));
    }

    private void license() {
        var license = tree.path("license");
        var declared = each(
                license.path("declared"),
                one -> "%s (%s)"
                        .formatted(one.path("value").asText(), one.path("key").asText()));
        row("license", declared.isEmpty() ? "none declared" : "declared " + declared);
        for (var text : license.path("texts")) {
            var file = text.path("file").asText();
            row(
                    "",
                    switch (text.path("match").asText()) {
                        case "exact" ->
                            "%s is %s, word for word"
                                    .formatted(file, text.path("license").asText());
                        case "near" ->
                            "%s resembles %s (%.3f) and is not it"
                                    .formatted(
                                            file,
                                            text.path("license").asText(),
                                            text.path("similarity").asDouble());
                        case "none" -> "%s is no license text that is known".formatted(file);
                        default -> "%s: %s".formatted(file, text.path("match").asText());
                    });
        }
    }

    private void files() {
        lines.add("");
        lines.add("Files");
        for (var file : tree.path("files")) {
            lines.add("  %-34s %12s  %s"
                    .formatted(
                            file.path("name").asText(),
                            mega(file.path("bytes")),
                            file.path("digest").asText(""))
                    .stripTrailing());
        }
        if (tree.path("files").size() > 1 && tree.has("weightsDigest")) {
            lines.add("  %-34s %12s  %s"
                    .formatted(
                            "weights together", "", tree.path("weightsDigest").asText()));
        }
    }

    private void serving() {
        var serving = tree.path("serving");
        lines.add("");
        if (serving.has("problem")) {
            lines.add("Cannot be served: " + serving.path("problem").asText());
            return;
        }
        lines.add("Memory to serve it, in MiB, with %s places for keys and values (%s)"
                .formatted(number(serving.path("kvPlaces")), "weighbridge.inference.kv-memory"));
        lines.add("  %-9s %8s %8s %8s %8s %8s".formatted("numerics", "weights", "tables", "kv", "scratch", "total"));
        for (var one : serving.path("numerics")) {
            lines.add("%1s %-9s %8s %8s %8s %8s %8s"
                    .formatted(
                            one.path("numerics").equals(serving.path("auto")) ? "*" : "",
                            one.path("numerics").asText(),
                            mebi(one.path("weightsBytes")),
                            mebi(one.path("mappedBytes")),
                            mebi(one.path("kvBytes")),
                            mebi(one.path("scratchBytes")),
                            mebi(one.path("totalBytes"))));
        }
        lines.add("* auto: " + serving.path("autoReason").asText());
        lines.add("");
        lines.add("Against float32");
        for (var one : serving.path("numerics")) {
            lines.add("  %-9s %s"
                    .formatted(
                            one.path("numerics").asText(), one.path("passport").asText()));
        }
    }

    private void tensors() {
        if (!tree.has("tensors")) {
            return;
        }
        lines.add("");
        lines.add("Tensors");
        for (var tensor : tree.path("tensors")) {
            lines.add("  %-52s %-8s %-22s %14s"
                    .formatted(
                            tensor.path("name").asText(),
                            tensor.path("type").asText(),
                            each(tensor.path("shape"), JsonNode::asText),
                            number(tensor.path("bytes"))));
        }
    }

    private void row(String label, String value) {
        if (!value.isEmpty()) {
            lines.add("  %-12s %s".formatted(label, value));
        }
    }

    private String each(String field, java.util.function.Function<JsonNode, String> words) {
        return each(tree.path(field), words);
    }

    private static String each(JsonNode list, java.util.function.Function<JsonNode, String> words) {
        return StreamSupport.stream(list.spliterator(), false).map(words).collect(Collectors.joining(", "));
    }

    private static String number(JsonNode value) {
        return String.format(Locale.ROOT, "%,d", value.asLong());
    }

    private static String mega(JsonNode bytes) {
        return String.format(Locale.ROOT, "%,.1f MB", bytes.asLong() / MEGA);
    }

    private static String mebi(JsonNode bytes) {
        return String.format(Locale.ROOT, "%,d", Math.ceilDiv(bytes.asLong(), 1L << 20));
    }
}
