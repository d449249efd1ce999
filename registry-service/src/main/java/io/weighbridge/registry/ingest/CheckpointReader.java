package io.weighbridge.registry.ingest;

import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.Checkpoint.Format;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Declaration;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what the files of a checkpoint say about themselves, and refuses files that nobody should load. */
final class CheckpointReader {
    /** Endings of files that hold Python pickles by custom. Loading a pickle can run any code, so none comes in. */
    private static final Set<String> PICKLE_SUFFIXES =
            Set.of("bin", "pt", "pth", "ckpt", "pkl", "pickle", "joblib", "dill", "npy", "npz", "h5", "keras");

    private CheckpointReader() {}

    /** What the files say. {@code license} is null if they do not name one. */
    record Contents(Checkpoint.Traits traits, @Nullable Declaration license) {}

    static Contents read(List<CheckpointFile> files, BlobStore blobs) throws RefusedFileException, IOException {
        for (var file : files) {
            requireNoPickleName(file);
            requireNoPickleBytes(file, blobs);
        }
        var gguf = files.stream().filter(Format.GGUF::holdsWeights).toList();
        var safetensors =
                files.stream().filter(Format.SAFETENSORS::holdsWeights).toList();
        if (gguf.size() == 1 && safetensors.isEmpty()) {
            return GgufHeader.read(
                    blobs.path(gguf.getFirst().digest()), gguf.getFirst().path());
        }
        if (gguf.isEmpty() && !safetensors.isEmpty()) {
            return SafetensorsFolder.read(files, blobs);
        }
        throw new RefusedFileException("a checkpoint holds one .gguf file or .safetensors files, this has %d and %d"
                .formatted(gguf.size(), safetensors.size()));
    }

    static void requireNoPickleName(CheckpointFile file) throws RefusedFileException {
        var name = file.fileName().toLowerCase(Locale.ROOT);
        if (PICKLE_SUFFIXES.contains(name.substring(name.lastIndexOf('.') + 1))) {
            throw new RefusedFileException(
                    "%s is refused: files of this kind can run code when loaded. Use safetensors or GGUF"
                            .formatted(file.path()));
        }
    }

    private static void requireNoPickleBytes(CheckpointFile file, BlobStore blobs)
            throws RefusedFileException, IOException {
        byte[] start;
        try (var in = Files.newInputStream(blobs.path(file.digest()))) {
            start = in.readNBytes(4);
        }
        var protocol = start.length >= 2 && (start[0] & 0xff) == 0x80 && start[1] >= 1 && start[1] <= 5;
        var archive = start.length == 4 && start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
        // A safetensors file may begin with 0x80 too: its first eight bytes are a length, so the ninth decides.
        if (archive || (protocol && !beginsAsSafetensors(file, blobs))) {
            throw new RefusedFileException(
                    "%s is refused: its bytes are a Python pickle or an archive of one, which can run code when loaded"
                            .formatted(file.path()));
        }
    }

    private static boolean beginsAsSafetensors(CheckpointFile file, BlobStore blobs) throws IOException {
        try (var in = Files.newInputStream(blobs.path(file.digest()))) {
            var start = in.readNBytes(9);
            return Format.SAFETENSORS.holdsWeights(file) && start.length == 9 && start[8] == '{';
        }
    }
}
