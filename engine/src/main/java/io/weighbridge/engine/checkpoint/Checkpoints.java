package io.weighbridge.engine.checkpoint;

import io.weighbridge.engine.checkpoint.GgufShards.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Opens checkpoints of either format. What it opens must be closed. */
public final class Checkpoints {
    /** Most files in a checkpoint's folder. */
    static final int FILE_COUNT_MAX = 10_000;

    private static final List<String> PICKLE_ENDINGS = List.of(".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt");

    private Checkpoints() {}

    /** Opens a GGUF file (with its other shards, which lie beside it), or a folder with config.json and safetensors. */
    public static Checkpoint open(Path path) {
        if (Files.isDirectory(path)) {
            return open(filesOf(path));
        }
        if (!Files.isRegularFile(path)) {
            throw new CheckpointException("there is no file or folder '%s'".formatted(path));
        }
        var name = String.valueOf(path.getFileName());
        var series = Series.of(name);
        var folder = path.toAbsolutePath().getParent();
        if (series.isPresent() && folder != null) {
            return GgufShards.open(series.get(), filesOf(folder));
        }
        return openFile(name, path);
    }

    /**
     * Opens a checkpoint whose files lie anywhere, as blobs do.
     *
     * @param filesByName each file by its name in the checkpoint, such as "config.json"
     */
    public static Checkpoint open(Map<String, Path> filesByName) {
        if (filesByName.containsKey(HuggingFaceFolder.SINGLE) || filesByName.containsKey(HuggingFaceFolder.INDEX)) {
            return HuggingFaceFolder.open(filesByName);
        }
        var ggufNames = namesEndingWith(filesByName, List.of(".gguf"));
        var series = ggufNames.stream().map(Series::of).distinct().toList();
        if (series.size() == 1 && series.getFirst().isPresent()) {
            return GgufShards.open(series.getFirst().get(), filesByName);
        }
        if (ggufNames.size() > 1) {
            throw new CheckpointException("the checkpoint has several GGUF files, choose one: %s".formatted(ggufNames));
        }
        for (var file : filesByName.entrySet()) {
            if (ggufNames.contains(file.getKey())) {
                return openFile(file.getKey(), file.getValue());
            }
        }
        for (var name : namesEndingWith(filesByName, PICKLE_ENDINGS)) {
            throw pickle(name);
        }
        throw new CheckpointException(
                "not a checkpoint: want one .gguf file or all its shards, or %s or %s beside config.json, among %d files"
                        .formatted(HuggingFaceFolder.SINGLE, HuggingFaceFolder.INDEX, filesByName.size()));
    }

    private static Checkpoint openFile(String name, Path path) {
        var head = firstBytes(name, path);
        if (startsWith(head, 'G', 'G', 'U', 'F')) {
            return GgufFile.open(name, path);
        }
        boolean zipOfPickles = startsWith(head, 'P', 'K', 3, 4);
        boolean barePickle = head.length > 1 && head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5;
        if (zipOfPickles || barePickle || endsWith(name, PICKLE_ENDINGS)) {
            throw pickle(name);
        }
        if (endsWith(name, List.of(".safetensors"))) {
            throw new CheckpointException(
                    "'%s' alone does not describe a model: open its folder, with config.json".formatted(name));
        }
        throw new CheckpointException("'%s' is no checkpoint: a GGUF file begins with GGUF".formatted(name));
    }

    private static CheckpointException pickle(String name) {
        return new CheckpointException(
                "'%s' is a pickle file, which can run code when it is read: use safetensors or GGUF instead"
                        .formatted(name));
    }

    /** The folder's files; where sentence-transformers' list is among them, those of its folders too, as "1_Pooling/config.json". */
    private static Map<String, Path> filesOf(Path folder) {
        var files = new TreeMap<String, Path>();
        var folders = new TreeMap<String, Path>();
        addFiles(folder, "", files, folders);
        if (files.containsKey(SentenceModules.LIST)) {
            folders.forEach((name, path) -> addFiles(path, name + "/", files, new TreeMap<>()));
        }
        return files;
    }

    private static void addFiles(Path folder, String prefix, Map<String, Path> files, Map<String, Path> folders) {
        try (var entries = Files.newDirectoryStream(folder)) {
            for (var entry : entries) {
                if (Files.isRegularFile(entry)) {
                    files.put(prefix + entry.getFileName(), entry);
                } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    folders.put(String.valueOf(entry.getFileName()), entry);
                }
                if (files.size() > FILE_COUNT_MAX) {
                    throw new CheckpointException(
                            "folder '%s' has more than %d files, the limit".formatted(folder, FILE_COUNT_MAX));
                }
            }
        } catch (IOException e) {
            throw new CheckpointException("cannot read folder '%s': %s".formatted(folder, e), e);
        }
    }

    private static byte[] firstBytes(String name, Path path) {
        try (var stream = Files.newInputStream(path)) {
            return stream.readNBytes(8);
        } catch (IOException e) {
            throw new CheckpointException("cannot read '%s': %s".formatted(name, e), e);
        }
    }

    private static boolean startsWith(byte[] head, int... bytes) {
        boolean same = head.length >= bytes.length;
        for (int i = 0; same && i < bytes.length; i++) {
            same = head[i] == (byte) bytes[i];
        }
        return same;
    }

    private static List<String> namesEndingWith(Map<String, Path> files, List<String> endings) {
        return files.keySet().stream()
                .filter(name -> endsWith(name, endings))
                .sorted()
                .toList();
    }

    private static boolean endsWith(String name, List<String> endings) {
        var lower = name.toLowerCase(Locale.ROOT);
        return endings.stream().anyMatch(lower::endsWith);
    }
}
