package io.weighbridge.engine.checkpoint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where the tensors of one file lie in it: sizes from shape and type, and no two on the same bytes. */
final class TensorPlaces {
    /** One tensor's place. {@code start} and {@code end} are offsets in the file. */
    record Place(String name, TensorType type, List<Long> shape, long start, long end) {}

    private final MappedFile file;
    private final List<Place> places = new ArrayList<>();

    TensorPlaces(MappedFile file) {
        this.file = file;
    }

    /** Bytes of a tensor of that type and shape; a size beyond 2^63-1 is refused. */
    static long byteSize(MappedFile file, String name, TensorType type, List<Long> shape) {
        long elements = 1;
        try {
            for (var dimension : shape) {
                elements = Math.multiplyExact(elements, dimension);
            }
            if (type.blockSize() > 1 && (shape.isEmpty() || shape.getLast() % type.blockSize() != 0)) {
                throw file.refused(
                        "tensor '%s' of type %s has rows of %s values, which is not a multiple of %d",
                        name, type, shape.isEmpty() ? 1 : shape.getLast(), type.blockSize());
            }
            return Math.multiplyExact(elements / type.blockSize(), type.blockBytes());
        } catch (ArithmeticException _) {
            throw file.refused("tensor '%s' has shape %s, whose size overflows", name, shape);
        }
    }

    void add(Place place) {
        if (place.start() < 0 || place.end() < place.start() || place.end() > file.size()) {
            throw file.refused(
                    "tensor '%s' lies at bytes %d to %d, outside the file of %d bytes; the file is truncated or damaged",
                    place.name(), place.start(), place.end(), file.size());
        }
        places.add(place);
    }

    /** The places from first to last byte; two that overlap are refused. */
    List<Place> sorted() {
        var sorted = new ArrayList<>(places);
        sorted.sort(Comparator.comparingLong(Place::start).thenComparingLong(Place::end));
        for (int i = 1; i < sorted.size(); i++) {
            var before = sorted.get(i - 1);
            if (sorted.get(i).start() < before.end()) {
                throw file.refused(
                        "tensors '%s' and '%s' overlap",
                        before.name(), sorted.get(i).name());
            }
        }
        return sorted;
    }

    /** The tensors in the order they were added. */
    Map<String, Tensor> tensors() {
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var place : places) {
            var data = file.bytes().asSlice(place.start(), place.end() - place.start());
            var tensor = new Tensor(place.name(), place.type(), place.shape(), data);
            if (tensors.put(place.name(), tensor) != null) {
                throw file.refused("tensor '%s' is stored twice", place.name());
            }
        }
        return tensors;
    }
}
