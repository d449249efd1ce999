package io.weighbridge.engine.checkpoint;

import io.weighbridge.engine.checkpoint.TensorPlaces.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF file of version 2 or 3, little-endian, read where it lies.
 *
 * <pre>
 *   file   := "GGUF" version:u32 tensorCount:u64 pairCount:u64 { pair } { tensor } padding data
 *   pair   := key:string type:u32 value
 *   tensor := name:string dimensionCount:u32 { dimension:u64 } type:u32 offset:u64    offset from the start of data
 *   string := length:u64 bytes
 * </pre>
 *
 * Dimensions are stored innermost first and turned round here. Every number in the file is taken for hostile: nothing is
 * allocated before the file is known to be long enough for it. Thread-safe.
 */
public final class GgufFile implements Checkpoint {
    /** Most key-value pairs. Real files have some dozens. */
    static final int PAIR_COUNT_MAX = 65_536;

    /** Most tensors. Real files have some thousands. */
    static final int TENSOR_COUNT_MAX = 262_144;

    /** Longest metadata key in bytes; the format's own limit. */
    static final int KEY_BYTES_MAX = 65_535;

    /** Longest metadata string in bytes. Chat templates and tokens are far below. */
    static final int STRING_BYTES_MAX = 16 << 20;

    /** Most array elements of all pairs together. A vocabulary of 256,000 with types, scores and merges has about a million. */
    static final int ARRAY_ELEMENTS_MAX = 8 << 20;

    /** Longest tensor name in bytes. ggml itself stops at 63. */
    static final int TENSOR_NAME_BYTES_MAX = 1_024;

    /** Most dimensions of a tensor; ggml's own limit. */
    static final int DIMENSIONS_MAX = 4;

    /** Largest alignment of tensor data in bytes. Files use 32. */
    static final int ALIGNMENT_MAX = 65_536;

    private static final int ALIGNMENT_DEFAULT = 32;
    private static final int MAGIC = 0x4655_4747; // "GGUF"

    private final MappedFile file;
    private final Metadata.Gguf metadata;
    private final Map<String, Tensor> tensors;

    private GgufFile(MappedFile file, Metadata.Gguf metadata, Map<String, Tensor> tensors) {
        this.file = file;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /** Opens and checks the file's whole header, or throws a {@link CheckpointException} saying what is wrong with it. */
    public static GgufFile open(Path path) {
        return open(String.valueOf(path.getFileName()), path);
    }

    static GgufFile open(String name, Path path) {
        var file = openShard(name, path);
        try {
            long shards = file.metadata.integer("split.count").orElse(0L);
            if (shards > 1) {
                throw file.file.refused(
                        "is one of %d shards; open the folder that holds all of them, named ...-00001-of-%05d.gguf",
                        shards, shards);
            }
            return file;
        } catch (CheckpointException e) {
            file.close();
            throw e;
        }
    }

    /** Opens a file that may be one of several. */
    static GgufFile openShard(String name, Path path) {
        var file = MappedFile.open(name, path);
        try {
            return new Reader(file).read();
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    @Override
    public Metadata.Gguf metadata() {
        return metadata;
    }

    @Override
    public void close() {
        file.close();
    }

    private static final class Reader {
        private final MappedFile file;
        private final GgufCursor cursor;
        private final LinkedHashMap<String, Object> values = new LinkedHashMap<>();
        private long arrayElements;

        Reader(MappedFile file) {
            this.file = file;
            this.cursor = new GgufCursor(file);
        }

        GgufFile read() {
            readMagicAndVersion();
            long tensorCount = cursor.count("tensors", TENSOR_COUNT_MAX);
            long pairCount = cursor.count("metadata pairs", PAIR_COUNT_MAX);
            for (long i = 0; i < pairCount; i++) {
                readPair();
            }
            var metadata = new Metadata.Gguf(Collections.unmodifiableMap(values));
            var tensors = readTensors(tensorCount, alignment(metadata));
            return new GgufFile(file, metadata, Collections.unmodifiableMap(tensors));
        }

        private void readMagicAndVersion() {
            int magic = cursor.int32();
            if (magic != MAGIC) {
                throw file.refused("is not a GGUF file: it begins with %08x", Integer.reverseBytes(magic));
            }
            int version = cursor.int32();
            if (version != 0 && (version & 0xffff) == 0) {
                throw file.refused("is a big-endian GGUF file; only little-endian ones are supported");
            }
            if (version != 2 && version != 3) {
                throw file.refused(
                        "has GGUF version %s; versions 2 and 3 are supported", Integer.toUnsignedString(version));
            }
        }

        private void readPair() {
            var key = cursor.name("metadata key", KEY_BYTES_MAX);
            var type = ValueType.of(file, key, cursor.int32());
            var value = type == ValueType.ARRAY ? readArray(key) : readScalar(key, type);
            if (values.put(key, value) != null) {
                throw file.refused("metadata key '%s' is there twice", key);
            }
        }

        private List<Object> readArray(String key) {
            var type = ValueType.of(file, key, cursor.int32());
            if (type == ValueType.ARRAY) {
                throw file.refused("metadata key '%s' is an array of arrays, which is not supported", key);
            }
            long length = cursor.count("array elements under '" + key + "'", ARRAY_ELEMENTS_MAX);
            arrayElements += length;
            if (arrayElements > ARRAY_ELEMENTS_MAX) {
                throw file.refused(
                        "has more than %d array elements in its metadata, which is the limit", ARRAY_ELEMENTS_MAX);
            }
            if (length > cursor.remaining() / type.bytesMin) {
                throw file.refused(
                        "metadata key '%s' says %d array elements, more than the file can hold; it is truncated",
                        key, length);
            }
            var elements = new ArrayList<>((int) length);
            for (long i = 0; i < length; i++) {
                elements.add(readScalar(key, type));
            }
            return Collections.unmodifiableList(elements);
        }

        private Object readScalar(String key, ValueType type) {
            return switch (type) {
                case UINT8 -> (long) Byte.toUnsignedInt(cursor.int8());
                case INT8 -> (long) cursor.int8();
                case UINT16 -> (long) Short.toUnsignedInt(cursor.int16());
                case INT16 -> (long) cursor.int16();
                case UINT32 -> Integer.toUnsignedLong(cursor.int32());
                case INT32 -> (long) cursor.int32();
                case FLOAT32 -> (double) Float.intBitsToFloat(cursor.int32());
                case BOOL -> readBoolean(key);
                case STRING -> cursor.text("metadata string", STRING_BYTES_MAX);
                case ARRAY -> throw file.refused("metadata key '%s' has an array where a plain value belongs", key);
                case UINT64 -> readUnsigned(key);
                case INT64 -> cursor.int64();
                case FLOAT64 -> Double.longBitsToDouble(cursor.int64());
            };
        }

        private boolean readBoolean(String key) {
            byte value = cursor.int8();
            if (value != 0 && value != 1) {
                throw file.refused("metadata key '%s' is a boolean with value %d", key, value);
            }
            return value == 1;
        }

        private long readUnsigned(String key) {
            long value = cursor.int64();
            if (value < 0) {
                throw file.refused("metadata key '%s' has value %s, above 2^63-1", key, Long.toUnsignedString(value));
            }
            return value;
        }

        private long alignment(Metadata.Gguf metadata) {
            long alignment = metadata.integer("general.alignment").orElse((long) ALIGNMENT_DEFAULT);
            if (alignment < 1 || alignment > ALIGNMENT_MAX || Long.bitCount(alignment) != 1) {
                throw file.refused(
                        "general.alignment is %d; it must be a power of two of at most %d", alignment, ALIGNMENT_MAX);
            }
            return alignment;
        }

        private Map<String, Tensor> readTensors(long tensorCount, long alignment) {
            var headers = new ArrayList<Header>();
            var names = new HashSet<String>();
            for (long i = 0; i < tensorCount; i++) {
                var header = readHeader(alignment);
                if (!names.add(header.name())) {
                    throw file.refused("tensor '%s' is stored twice", header.name());
                }
                headers.add(header);
            }
            long dataStart = Math.ceilDiv(cursor.position(), alignment) * alignment;
            var places = new TensorPlaces(file);
            for (var header : headers) {
                places.add(place(header, dataStart));
            }
            places.sorted();
            return places.tensors();
        }

        private Header readHeader(long alignment) {
            var name = cursor.name("tensor name", TENSOR_NAME_BYTES_MAX);
            int dimensions = cursor.int32();
            if (dimensions < 1 || dimensions > DIMENSIONS_MAX) {
                throw file.refused(
                        "tensor '%s' has %s dimensions; 1 to %d are supported",
                        name, Integer.toUnsignedString(dimensions), DIMENSIONS_MAX);
            }
            var shape = new ArrayList<Long>();
            for (int i = 0; i < dimensions; i++) {
                long dimension = cursor.int64();
                if (dimension < 1) {
                    throw file.refused("tensor '%s' has a dimension of %s", name, Long.toUnsignedString(dimension));
                }
                shape.addFirst(dimension);
            }
            var type = GgmlTypes.of(file, name, cursor.int32());
            long offset = cursor.int64();
            if (offset % alignment != 0) {
                throw file.refused(
                        "tensor '%s' is misaligned: offset %s is not a multiple of %d",
                        name, Long.toUnsignedString(offset), alignment);
            }
            return new Header(name, type, List.copyOf(shape), offset);
        }

        private Place place(Header header, long dataStart) {
            long bytes = TensorPlaces.byteSize(file, header.name(), header.type(), header.shape());
            if (header.offset() < 0 || header.offset() > file.size() || bytes > file.size()) {
                throw file.refused(
                        "tensor '%s' of %d bytes at offset %s lies outside the file of %d bytes; it is truncated or damaged",
                        header.name(), bytes, Long.toUnsignedString(header.offset()), file.size());
            }
            long start = dataStart + header.offset();
            return new Place(header.name(), header.type(), header.shape(), start, start + bytes);
        }
    }

    /** A tensor as its header says, before its place is known. */
    private record Header(String name, TensorType type, List<Long> shape, long offset) {}

    /** The types of metadata values, in the order of their numbers in the file. */
    private enum ValueType {
        UINT8(1),
        INT8(1),
        UINT16(2),
        INT16(2),
        UINT32(4),
        INT32(4),
        FLOAT32(4),
        BOOL(1),
        STRING(8),
        ARRAY(12),
        UINT64(8),
        INT64(8),
        FLOAT64(8);

        private static final List<ValueType> ALL = List.of(values());

        private final int bytesMin;

        ValueType(int bytesMin) {
            this.bytesMin = bytesMin;
        }

        static ValueType of(MappedFile file, String key, int number) {
            @Nullable ValueType type = number >= 0 && number < ALL.size() ? ALL.get(number) : null;
            if (type == null) {
                throw file.refused(
                        "metadata key '%s' has unknown value type %s", key, Integer.toUnsignedString(number));
            }
            return type;
        }
    }
}
