package io.weighbridge.engine.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A GGUF checkpoint in several files, as gguf-split writes them. The first one describes the model; each says its index
 * ({@code split.no}, from 0), how many there are ({@code split.count}) and how many tensors all hold together
 * ({@code split.tensors.count}). File names are only looked up among the files given.
 *
 * <pre>
 *   name := base "-" index "-of-" count ".gguf"    index from 1; both with at least five digits
 * </pre>
 */
final class GgufShards implements Checkpoint {
    /** Most shards of one checkpoint. Published ones have some dozens. */
    static final int SHARD_COUNT_MAX = 1_024;

    private static final Pattern NAME = Pattern.compile("(?<base>.*)-(?<index>\\d{5,9})-of-(?<count>\\d{5,9})\\.gguf");

    /** What all shards of one checkpoint have in common in their names. */
    record Series(String base, int count) {
        /** The series that a file name belongs to; none for a file that stands alone. */
        static Optional<Series> of(String name) {
            var match = NAME.matcher(name);
            return match.matches()
                    ? Optional.of(new Series(match.group("base"), Integer.parseInt(match.group("count"))))
                    : Optional.empty();
        }

        /** The name of the shard with that index, from 0. */
        String name(int index) {
            return "%s-%05d-of-%05d.gguf".formatted(base, index + 1, count);
        }
    }

    private final List<GgufFile> shards;
    private final Map<String, Tensor> tensors;

    private GgufShards(List<GgufFile> shards, Map<String, Tensor> tensors) {
        this.shards = shards;
        this.tensors = tensors;
    }

    /** Opens all shards of {@code series}, or throws a {@link CheckpointException} saying which is missing or wrong. */
    static GgufShards open(Series series, Map<String, Path> files) {
        if (series.count() < 1 || series.count() > SHARD_COUNT_MAX) {
            throw new CheckpointException("'%s' says there are %d shards; 1 to %d are supported"
                    .formatted(series.name(0), series.count(), SHARD_COUNT_MAX));
        }
        var shards = new ArrayList<GgufFile>();
        try {
            var tensors = new LinkedHashMap<String, Tensor>();
            for (int i = 0; i < series.count(); i++) {
                var name = series.name(i);
                var path = files.get(name);
                if (path == null) {
                    throw new CheckpointException("the checkpoint lacks its file '%s'".formatted(name));
                }
                var shard = GgufFile.openShard(name, path);
                shards.add(shard);
                expect(name, shard, "split.no", i);
                expect(name, shard, "split.count", series.count());
                addTensors(name, shard, tensors);
            }
            expect(series.name(0), shards.getFirst(), "split.tensors.count", tensors.size());
            return new GgufShards(shards, Collections.unmodifiableMap(tensors));
        } catch (RuntimeException e) {
            shards.forEach(GgufFile::close);
            throw e;
        }
    }

    private static void expect(String name, GgufFile shard, String key, long expected) {
        var found = shard.metadata().integer(key);
        if (found.isEmpty() || found.get() != expected) {
            throw new CheckpointException("'%s': %s should be %d by the names and contents of the shards, is %s"
                    .formatted(name, key, expected, found.map(Object::toString).orElse("missing")));
        }
    }

    private static void addTensors(String name, GgufFile shard, Map<String, Tensor> tensors) {
        for (var tensor : shard.tensors().values()) {
            if (tensors.put(tensor.name(), tensor) != null) {
                throw new CheckpointException(
                        "'%s': tensor '%s' is also in an earlier shard".formatted(name, tensor.name()));
            }
        }
        if (tensors.size() > GgufFile.TENSOR_COUNT_MAX) {
            throw new CheckpointException("'%s': the shards have more than %d tensors together, the limit"
                    .formatted(name, GgufFile.TENSOR_COUNT_MAX));
        }
    }

    @Override
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    /** The pairs of the first shard. */
    @Override
    public Metadata.Gguf metadata() {
        return shards.getFirst().metadata();
    }

    @Override
    public void close() {
        shards.forEach(GgufFile::close);
    }
}
