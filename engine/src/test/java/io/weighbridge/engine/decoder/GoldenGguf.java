package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.GgufWriter;
import io.weighbridge.engine.checkpoint.Golden;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The golden folders as GGUF files. What llama.cpp's converter made of them is kept as facts, gguf/NAME.txt: keys with their types and
 * values, and for each tensor its type, shape and digest. The files are written here and held against the facts.
 */
public final class GoldenGguf {
    private static final String ROPE_DIVISORS = "rope_freqs.weight";

    private GoldenGguf() {}

    /** Names of all folders of which there are facts. */
    public static List<String> names() throws IOException {
        try (var files = Files.list(Objects.requireNonNull(facts("llama3").getParent()))) {
            return files.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.endsWith(".txt"))
                    .map(name -> name.substring(0, name.length() - ".txt".length()))
                    .sorted()
                    .toList();
        }
    }

    /** The folder {@code name} as a GGUF file; its tensors have been held against the facts. */
    public static byte[] bytes(String name) throws IOException {
        var writer = new GgufWriter();
        var facts = new TreeMap<String, String>();
        var architecture = "";
        for (var line : Files.readAllLines(facts(name))) {
            var words = line.split(" ", 4);
            if (words[0].equals("key")) {
                writer.put(words[1], value(words[2], words[3]));
                architecture = words[1].equals("general.architecture") ? words[3] : architecture;
            } else {
                facts.put(words[1], words[2] + " " + words[3]);
            }
        }
        try (var checkpoint = Checkpoints.open(Golden.path(name))) {
            var decoder = Decoders.of(checkpoint);
            var tensors = ConvertedGguf.of(decoder, architecture);
            if (facts.remove(ROPE_DIVISORS) != null) {
                writer.tensor(ROPE_DIVISORS, List.of(decoder.spec().headDimension() / 2L), divisors(decoder));
            }
            var described = described(tensors);
            if (!described.equals(facts)) {
                described.entrySet().removeAll(facts.entrySet());
                throw new AssertionError("%s differs from what llama.cpp's converter wrote, in %s; its tensors: %s"
                        .formatted(name, described, facts.keySet()));
            }
            ConvertedGguf.write(tensors, writer);
        }
        return writer.toBytes();
    }

    /** What the frequencies of llama3's scaling are divided by, which llama.cpp computes in another precision. */
    private static float[] divisors(Decoder decoder) {
        var frequencies = decoder.spec().ropes().getFirst().frequencies();
        var divisors = new float[frequencies.size()];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = (float) (Math.pow(500_000, -2.0 * i / decoder.spec().headDimension()) / frequencies.get(i));
        }
        return divisors;
    }

    private static Map<String, String> described(Map<String, ConvertedGguf.Stored> tensors) {
        var described = new TreeMap<String, String>();
        tensors.forEach((name, stored) -> described.put(
                name,
                "%s %s %s"
                        .formatted(
                                stored.type(),
                                stored.shape().stream().map(String::valueOf).collect(Collectors.joining(",")),
                                digest(stored.data()))));
        return described;
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(String type, String text) {
        return switch (type) {
            case "UINT32" -> Integer.parseInt(text);
            case "FLOAT32" -> Float.parseFloat(text);
            case "BOOL" -> Boolean.parseBoolean(text);
            default -> text;
        };
    }

    private static Path facts(String name) {
        try {
            return Path.of(Objects.requireNonNull(GoldenGguf.class.getResource("/gguf/" + name + ".txt"), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
