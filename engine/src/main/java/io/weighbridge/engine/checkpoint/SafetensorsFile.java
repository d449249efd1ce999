package io.weighbridge.engine.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.weighbridge.engine.checkpoint.TensorPlaces.Place;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, read where it lies.
 *
 * <pre>
 *   file   := headerLength:u64 header data
 *   header := JSON: { name: {"dtype": ..., "shape": [...], "data_offsets": [start, end]}, "__metadata__": {...} }
 * </pre>
 *
 * As in the reference reader, tensors cover the data without overlap or hole. Data need not be aligned to the size of its
 * values, so read it with unaligned layouts. Thread-safe.
 */
public final class SafetensorsFile implements AutoCloseable {
    /** Longest header in bytes; the reference reader's limit. */
    static final int HEADER_BYTES_MAX = 100_000_000;

    /** Most tensors in one file. */
    static final int TENSOR_COUNT_MAX = 262_144;

    /** Most dimensions of a tensor. */
    static final int DIMENSIONS_MAX = 8;

    private static final Map<String, TensorType> TYPES = Map.ofEntries(
            Map.entry("F64", TensorType.F64),
            Map.entry("F32", TensorType.F32),
            Map.entry("F16", TensorType.F16),
            Map.entry("BF16", TensorType.BF16),
            Map.entry("F8_E4M3", TensorType.F8_E4M3),
            Map.entry("F8_E5M2", TensorType.F8_E5M2),
            Map.entry("I64", TensorType.I64),
            Map.entry("I32", TensorType.I32),
            Map.entry("I16", TensorType.I16),
            Map.entry("I8", TensorType.I8),
            Map.entry("U8", TensorType.U8),
            Map.entry("BOOL", TensorType.BOOL));

    private final MappedFile file;
    private final Map<String, Tensor> tensors;

    private SafetensorsFile(MappedFile file, Map<String, Tensor> tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /** Opens and checks the file's whole header, or throws a {@link CheckpointException} saying what is wrong with it. */
    public static SafetensorsFile open(Path path) {
        return open(String.valueOf(path.getFileName()), path);
    }

    static SafetensorsFile open(String name, Path path) {
        var file = MappedFile.open(name, path);
        try {
            return new SafetensorsFile(file, Collections.unmodifiableMap(new Reader(file).read()));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** All tensors by name, in the order of the header. */
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    /** Unmaps: no tensor's data may be touched afterwards. */
    @Override
    public void close() {
        file.close();
    }

    private static final class Reader {
        private static final ValueLayout.OfLong LONG =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final int LENGTH_BYTES = 8;

        private final MappedFile file;
        private final TensorPlaces places;
        private int tensorCount;

        Reader(MappedFile file) {
            this.file = file;
            this.places = new TensorPlaces(file);
        }

        Map<String, Tensor> read() {
            if (file.size() < LENGTH_BYTES) {
                throw file.refused("is not a safetensors file: it has only %d bytes", file.size());
            }
            long length = file.bytes().get(LONG, 0);
            if (Long.compareUnsigned(length, HEADER_BYTES_MAX) > 0) {
                throw file.refused(
                        "is not a safetensors file, or is damaged: its header would be %s bytes long; the limit is %d",
                        Long.toUnsignedString(length), HEADER_BYTES_MAX);
            }
            if (length > file.size() - LENGTH_BYTES) {
                throw file.refused("ends inside its header of %d bytes; it is truncated", length);
            }
            var header = file.bytes().asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
            try (var parser = Json.FACTORY.createParser(header)) {
                readHeader(parser, LENGTH_BYTES + length);
            } catch (JsonProcessingException e) {
                throw new CheckpointException(
                        "'%s': the header is not usable JSON: %s".formatted(file.name(), e.getOriginalMessage()), e);
            } catch (IOException e) {
                throw new CheckpointException("'%s': the header is not usable JSON".formatted(file.name()), e);
            }
            checkCover(LENGTH_BYTES + length);
            return places.tensors();
        }

        private void readHeader(JsonParser parser, long dataStart) throws IOException {
            expect(parser.nextToken() == JsonToken.START_OBJECT, "the header should be a JSON object");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var name = parser.currentName();
                expect(parser.nextToken() == JsonToken.START_OBJECT, "entry '%s' should be an object", name);
                if (name.equals("__metadata__")) {
                    parser.skipChildren();
                } else {
                    expect(++tensorCount <= TENSOR_COUNT_MAX, "has more than %d tensors, the limit", TENSOR_COUNT_MAX);
                    readTensor(parser, name, dataStart);
                }
            }
            expect(parser.nextToken() == null, "something follows the header's JSON object");
        }

        private void readTensor(JsonParser parser, String name, long dataStart) throws IOException {
            @Nullable String type = null;
            @Nullable List<Long> shape = null;
            @Nullable List<Long> offsets = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "dtype" -> {
                        expect(parser.currentToken() == JsonToken.VALUE_STRING, "dtype of '%s' is no string", name);
                        type = parser.getText();
                    }
                    case "shape" -> shape = numbers(parser, name, field, DIMENSIONS_MAX);
                    case "data_offsets" -> offsets = numbers(parser, name, field, 2);
                    default -> parser.skipChildren();
                }
            }
            if (type == null || shape == null || offsets == null || offsets.size() != 2) {
                throw file.refused("tensor '%s' needs dtype, shape and two data_offsets", name);
            }
            place(name, type(name, type), shape, offsets, dataStart);
        }

        private List<Long> numbers(JsonParser parser, String name, String field, int countMax) throws IOException {
            expect(parser.currentToken() == JsonToken.START_ARRAY, "%s of tensor '%s' is no list", field, name);
            var numbers = new ArrayList<Long>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                expect(
                        parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                                && parser.getLongValue() >= 0,
                        "%s of tensor '%s' should hold whole numbers from 0 to 2^63-1",
                        field,
                        name);
                numbers.add(parser.getLongValue());
                expect(numbers.size() <= countMax, "%s of tensor '%s' has more than %d entries", field, name, countMax);
            }
            return List.copyOf(numbers);
        }

        private TensorType type(String tensor, String name) {
            var type = TYPES.get(name);
            if (type == null) {
                throw file.refused(
                        "tensor '%s' has type %s, which is not supported; use one of %s",
                        tensor, name, TYPES.keySet().stream().sorted().toList());
            }
            return type;
        }

        private void place(String name, TensorType type, List<Long> shape, List<Long> offsets, long dataStart) {
            long dataBytes = file.size() - dataStart;
            long start = offsets.get(0);
            long end = offsets.get(1);
            expect(
                    start <= end && end <= dataBytes,
                    "tensor '%s' lies at bytes %d to %d of the data, which has %d; the file is truncated or damaged",
                    name,
                    start,
                    end,
                    dataBytes);
            long bytes = TensorPlaces.byteSize(file, name, type, shape);
            expect(
                    bytes == end - start,
                    "tensor '%s' of type %s and shape %s needs %d bytes, its data_offsets give %d",
                    name,
                    type,
                    shape,
                    bytes,
                    end - start);
            places.add(new Place(name, type, shape, dataStart + start, dataStart + end));
        }

        private void checkCover(long dataStart) {
            long covered = dataStart;
            for (var place : places.sorted()) {
                expect(place.start() == covered, "there is a hole before tensor '%s'", place.name());
                covered = place.end();
            }
            expect(covered == file.size(), "has %d bytes after its last tensor", file.size() - covered);
        }

        private void expect(boolean holds, String message, Object... arguments) {
            if (!holds) {
                throw file.refused(message, arguments);
            }
        }
    }
}
