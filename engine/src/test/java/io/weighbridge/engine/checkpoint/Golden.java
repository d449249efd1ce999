package io.weighbridge.engine.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteOrder;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The golden folders of the engine's test resources: tiny seeded checkpoints with the logits that Hugging Face transformers
 * computed for them in fp32.
 *
 * @param inputIds a prompt
 * @param logits one row for each token of the prompt
 * @param greedy the token ids that follow the prompt, each the most probable
 */
public record Golden(int[] inputIds, float[][] logits, int[] greedy) {
    /** Names of the folders of the Llama family. */
    public static final List<String> LLAMA_FOLDERS =
            List.of("llama3", "llama-tied", "llama-headdim-bias", "llama3-bf16-sharded");

    /** Names of the folders of all families, and of other ways of storing them. */
    public static final List<String> FOLDERS = List.of(
            "bloom",
            "cohere",
            "falcon",
            "gemma2",
            "gemma3",
            "gpt-neox",
            "gpt-oss",
            "gpt-oss-mxfp4",
            "gpt2",
            "granite",
            "llama-headdim-bias",
            "llama-tied",
            "llama3",
            "llama3-bf16-sharded",
            "llama3-fp16-sharded",
            "mistral",
            "mistral-window",
            "mixtral",
            "olmo2",
            "opt",
            "phi3",
            "qwen2",
            "qwen3",
            "qwen3-moe",
            "smollm3",
            "stablelm",
            "starcoder2");

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The folder or file {@code name} as a path on the default file system; copied out when it lies in a jar. */
    public static Path path(String name) {
        try {
            var uri = Objects.requireNonNull(Golden.class.getResource("/golden/" + name), name)
                    .toURI();
            return uri.getScheme().equals("file") ? Path.of(uri) : copied(name, uri);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What golden.safetensors of folder {@code name} holds. */
    public static Golden of(String name) {
        try (var file = SafetensorsFile.open(path(name).resolve("golden.safetensors"))) {
            var logits = Objects.requireNonNull(file.tensors().get("logits"));
            var rows = new float[Math.toIntExact(logits.shape().get(0))]
                    [Math.toIntExact(logits.shape().get(1))];
            for (int i = 0; i < rows.length; i++) {
                Dequantizer.rows(logits, i, 1, rows[i], 0);
            }
            return new Golden(ids(file, "input_ids"), rows, ids(file, "greedy"));
        }
    }

    private static int[] ids(SafetensorsFile file, String name) {
        var data = Objects.requireNonNull(file.tensors().get(name)).data();
        var ids = new int[(int) (data.byteSize() / Long.BYTES)];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.toIntExact(data.get(LONG, (long) i * Long.BYTES));
        }
        return ids;
    }

    private static Path copied(String name, URI uri) throws IOException {
        var folder = Files.createTempDirectory("golden");
        folder.toFile().deleteOnExit(); // registered first, deleted last
        var target = folder.resolve(name);
        try (var jar = jar(uri);
                var files = Files.walk(jar.getPath("/golden/" + name))) {
            for (var file : (Iterable<Path>) files::iterator) {
                var copy = target.resolve(
                        jar.getPath("/golden/" + name).relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                    Files.copy(file, copy);
                }
                copy.toFile().deleteOnExit();
            }
        }
        return target;
    }

    /** A file system of our own over the jar, so that closing it takes nothing from others. */
    private static FileSystem jar(URI uri) throws IOException {
        var text = uri.getSchemeSpecificPart();
        return FileSystems.newFileSystem(Path.of(URI.create(text.substring(0, text.indexOf("!/")))));
    }
}
