package io.weighbridge.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.CheckpointSummary;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.tokenizer.TokenizerDefinition;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.variant.Machine;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import io.weighbridge.inference.variant.PassportStore;
import io.weighbridge.license.text.FingerprintReader;
import io.weighbridge.license.text.LicenseFiles;
import io.weighbridge.license.text.LicenseMatcher;
import io.weighbridge.license.text.LicenseText;
import io.weighbridge.license.text.Match;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Everything that {@code inspect} says, as one tree; what is unknown is absent. */
final class Inspection {
    /** Memory for keys and values that the figures assume: the service's own default. */
    static final long KV_BYTES = 512L << 20;

    /** Sequences at once and tokens in a step that the figures assume: the service's own defaults. */
    static final int SEQUENCES = 8;

    static final int TOKENS_PER_STEP = 512;

    /** Special tokens that are named; of more only the number is said. */
    static final int SPECIAL_TOKENS_NAMED_MAX = 12;

    /** Lines of a chat template that are shown, and characters of each. */
    static final int TEMPLATE_LINES_MAX = 3;

    static final int TEMPLATE_LINE_CHARS_MAX = 100;

    /** Bytes of a model card that are read for its header. */
    static final int CARD_BYTES_MAX = 64 << 10;

    private static final List<String> GGUF_LICENSE_KEYS =
            List.of("general.license", "general.license.name", "general.license.link");
    private static final List<String> CARD_LICENSE_KEYS = List.of("license", "license_name", "license_link");
    private static final Pattern TOOLS = Pattern.compile("\\btools\\b");

    private final CheckpointSource source;
    private final Path blobs;
    private final boolean everyTensor;
    private final boolean digests;
    private final ObjectNode tree = JsonNodeFactory.instance.objectNode();

    Inspection(CheckpointSource source, Path blobs, boolean everyTensor, boolean digests) {
        this.source = source;
        this.blobs = blobs;
        this.everyTensor = everyTensor;
        this.digests = digests;
    }

    /**
     * Reads the checkpoint.
     *
     * @throws CheckpointException when it cannot be read at all; a family that cannot be served is said in the tree instead
     */
    ObjectNode tree() throws IOException {
        try (var checkpoint = source.open()) {
            tree.put("name", source.name());
            summary(checkpoint);
            tensors(checkpoint);
            tokenizer(checkpoint);
            license(checkpoint);
            var weightsDigest = files();
            serving(checkpoint, weightsDigest);
            return tree;
        }
    }

    private void summary(Checkpoint checkpoint) {
        var summary = CheckpointSummary.of(checkpoint);
        tree.put("format", summary.format().name().toLowerCase(java.util.Locale.ROOT));
        tree.put("architecture", summary.architecture());
        if (checkpoint.metadata() instanceof Metadata.Gguf gguf) {
            gguf.string("general.name").ifPresent(name -> tree.put("title", name));
        }
        tree.put("parameters", summary.parameterCount());
        tree.put("tensorCount", checkpoint.tensors().size());
        tree.put("contextLength", summary.contextLength());
    }

    private void tensors(Checkpoint checkpoint) {
        var bytes = new TreeMap<String, Long>();
        var counts = new TreeMap<String, Integer>();
        long all = 0;
        for (var tensor : checkpoint.tensors().values()) {
            bytes.merge(tensor.type().name(), tensor.data().byteSize(), Long::sum);
            counts.merge(tensor.type().name(), 1, Integer::sum);
            all += tensor.data().byteSize();
        }
        tree.put("tensorBytes", all);
        var mix = tree.putArray("storedAs");
        bytes.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .forEach(entry -> {
                    var type = mix.addObject();
                    type.put("type", entry.getKey());
                    type.put("tensors", counts.get(entry.getKey()));
                    type.put("bytes", entry.getValue());
                });
        if (everyTensor) {
            var list = tree.putArray("tensors");
            for (var tensor : checkpoint.tensors().values()) {
                var one = list.addObject();
                one.put("name", tensor.name());
                one.put("type", tensor.type().name());
                var shape = one.putArray("shape");
                tensor.shape().forEach(shape::add);
                one.put("bytes", tensor.data().byteSize());
            }
        }
    }

    private void tokenizer(Checkpoint checkpoint) throws IOException {
        TokenizerDefinition definition;
        try {
            definition = TokenizerDefinitions.of(checkpoint.metadata());
        } catch (CheckpointException e) {
            tree.putObject("tokenizer").put("problem", e.getMessage());
            return;
        }
        var tokenizer = tree.putObject("tokenizer");
        var model = new ObjectMapper().readTree(definition.tokenizerJson());
        tokenizer.put("kind", model.path("model").path("type").asText("unknown"));
        if (checkpoint.metadata() instanceof Metadata.Gguf gguf) {
            gguf.string("tokenizer.ggml.model").ifPresent(kind -> tokenizer.put("ggufModel", kind));
            gguf.string("tokenizer.ggml.pre").ifPresent(kind -> tokenizer.put("ggufPreTokenizer", kind));
        }
        tokenizer.put("size", size(model));
        tokenizer.put("specialCount", definition.specialTokens().size());
        var special = tokenizer.putArray("special");
        definition.specialTokens().stream().limit(SPECIAL_TOKENS_NAMED_MAX).forEach(special::add);
        tokenizer.put("begin", definition.beginText());
        tokenizer.put("end", definition.endText());
        var template = definition.chatTemplate();
        if (template != null) {
            var chat = tree.putObject("chatTemplate");
            chat.put("characters", template.length());
            chat.put("takesTools", TOOLS.matcher(template).find());
            var lines = chat.putArray("firstLines");
            template.lines().limit(TEMPLATE_LINES_MAX).forEach(line -> lines.add(shortened(line)));
        }
    }

    private static String shortened(String line) {
        return line.length() <= TEMPLATE_LINE_CHARS_MAX ? line : line.substring(0, TEMPLATE_LINE_CHARS_MAX - 3) + "...";
    }

    /** Ids from 0 to the largest, added tokens among them. */
    private static int size(JsonNode tokenizer) {
        var vocabulary = tokenizer.path("model").path("vocab");
        int size = vocabulary.size();
        for (var added : tokenizer.path("added_tokens")) {
            size = Math.max(size, added.path("id").asInt() + 1);
        }
        return size;
    }

    private void license(Checkpoint checkpoint) throws IOException {
        var license = tree.putObject("license");
        var declared = license.putArray("declared");
        switch (checkpoint.metadata()) {
            case Metadata.Gguf gguf ->
                GGUF_LICENSE_KEYS.forEach(key -> gguf.string(key)
                        .ifPresent(value -> declared.addObject().put("key", key).put("value", value)));
            case Metadata.HuggingFace _ -> {
                var card = card();
                for (var key : CARD_LICENSE_KEYS) {
                    if (card.path(key).isTextual()) {
                        declared.addObject()
                                .put("key", "README.md " + key)
                                .put("value", card.path(key).textValue());
                    }
                }
            }
        }
        var texts = license.putArray("texts");
        var names = source.files().keySet().stream()
                .filter(LicenseFiles::isLicense)
                .sorted()
                .toList();
        if (names.isEmpty()) {
            return;
        }
        var matcher = new LicenseMatcher(FingerprintReader.shipped());
        for (var name : names) {
            var file = java.util.Objects.requireNonNull(source.file(name));
            var text = texts.addObject().put("file", name);
            if (Files.size(file) > LicenseText.LICENSE_BYTES_MAX) {
                text.put("match", "too long to be a license");
                continue;
            }
            switch (matcher.match(Files.readAllBytes(file))) {
                case Match.Exact exact -> text.put("match", "exact").put("license", exact.key());
                case Match.Near near ->
                    text.put("match", "near").put("license", near.key()).put("similarity", near.similarity());
                case Match.None _ -> text.put("match", "none");
            }
        }
    }

    /** The header of the model card; empty where there is none, or none that can be read. */
    private JsonNode card() {
        var file = source.file("README.md");
        if (file == null) {
            return JsonNodeFactory.instance.objectNode();
        }
        try (var in = Files.newInputStream(file)) {
            var text = new String(in.readNBytes(CARD_BYTES_MAX), StandardCharsets.UTF_8);
            int end = text.indexOf("\n---", 3);
            var header = text.startsWith("---") && end > 0 ? new YAMLMapper().readTree(text.substring(3, end)) : null;
            return header == null ? JsonNodeFactory.instance.objectNode() : header;
        } catch (IOException unreadable) {
            return JsonNodeFactory.instance.objectNode();
        }
    }

    /** Lists the files; returns the digest of the weights, or "" where digests are not wanted. */
    private String files() throws IOException {
        var list = tree.putArray("files");
        var digestByName = digests ? source.digests() : Map.<String, String>of();
        for (var file : new TreeMap<>(source.files()).entrySet()) {
            var one = list.addObject();
            one.put("name", file.getKey());
            one.put("bytes", Files.size(file.getValue()));
            if (digests) {
                one.put("digest", digestByName.get(file.getKey()));
            }
        }
        if (!digests) {
            return "";
        }
        var digest = CheckpointSource.weightsDigest(digestByName);
        tree.put("weightsDigest", digest);
        return digest;
    }

    private void serving(Checkpoint checkpoint, String weightsDigest) {
        var serving = tree.putObject("serving");
        Decoder decoder;
        try {
            decoder = Decoders.of(checkpoint);
        } catch (CheckpointException e) {
            serving.put("problem", e.getMessage());
            return;
        }
        spec(decoder);
        var machine = Machine.here();
        int places = MemoryNeed.kvPlaces(decoder.spec(), KV_BYTES, SEQUENCES);
        var workload = new MemoryNeed.Workload(
                places, TOKENS_PER_STEP, SEQUENCES, Runtime.getRuntime().availableProcessors());
        var choice = NumericsChoice.of(NumericsChoice.AUTO, decoder, workload, machine.defaultBudgetBytes(), machine);
        serving.put("budgetBytes", machine.defaultBudgetBytes());
        serving.put("kvPlaces", places);
        serving.put("auto", choice.numerics().label());
        serving.put("autoReason", choice.reason());
        var store = new PassportStore(blobs);
        var list = serving.putArray("numerics");
        for (var numerics : Numerics.values()) {
            if (Executors.canHold(decoder, numerics)) {
                var need = Executors.memory(decoder, numerics, workload);
                var one = list.addObject().put("numerics", numerics.label());
                one.put("weightsBytes", need.weights());
                one.put("mappedBytes", need.mapped());
                one.put("kvBytes", need.kv());
                one.put("scratchBytes", need.scratch());
                one.put("totalBytes", need.total());
                one.put(
                        "passport",
                        passport(decoder, numerics, weightsDigest, store).describe());
            }
        }
    }

    private static Passport passport(Decoder decoder, Numerics numerics, String weightsDigest, PassportStore store) {
        if (Executors.holdsExactly(decoder, numerics)) {
            return new Passport.Exact();
        }
        if (weightsDigest.isEmpty()) {
            return new Passport.NotMeasured("no digest was computed to look it up");
        }
        var known = store.find(new Passport.Key(weightsDigest, numerics.label(), Executors.VERSION));
        return known.isPresent()
                ? known.get()
                : new Passport.NotMeasured(
                        "./weighbridge passport --numerics %s measures it".formatted(numerics.label()));
    }

    private void spec(Decoder decoder) {
        var spec = decoder.spec();
        var shape = tree.putObject("shape");
        shape.put("layers", spec.layerCount());
        shape.put("hiddenSize", spec.hiddenSize());
        shape.put("heads", spec.headCount());
        shape.put("kvHeads", spec.kvHeadCount());
        shape.put("headDimension", spec.headDimension());
        shape.put("feedForward", spec.feedForward().size());
        shape.put("vocabulary", spec.vocabularySize());
        var experts = spec.feedForward().experts();
        if (experts != null) {
            shape.put("experts", experts.count());
            shape.put("expertsUsed", experts.used());
        }
        shape.put(
                "tiedHead",
                decoder.tensors().head().weight() == decoder.tensors().embedding());
        tree.put("contextLength", spec.contextLength());
    }
}
