package io.weighbridge.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers as blocks hold them: little-endian, at any byte. */
final class BlockBytes {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BlockBytes() {}

    /** A float of 16 bits, widened. */
    static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    static int unsigned8(MemorySegment data, long at) {
        return data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    static int signed8(MemorySegment data, long at) {
        return data.get(ValueLayout.JAVA_BYTE, at);
    }

    static int unsigned16(MemorySegment data, long at) {
        return data.get(SHORT, at) & 0xffff;
    }

    static int bits32(MemorySegment data, long at) {
        return data.get(INT, at);
    }
}
