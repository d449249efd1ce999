package io.weighbridge.license.receipts;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The end of one record file, where bytes are added and made durable. Tests put a disk that fails in its place. */
interface Sink extends Closeable {
    void write(ByteBuffer bytes) throws IOException;

    /** Returns when all written bytes are on the disk. */
    void force() throws IOException;

    /** Opens a file at its end, and creates it if it is not there. */
    interface Opener {
        Sink open(Path file) throws IOException;
    }

    static Sink open(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return new Sink() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }

            @Override
            public void force() throws IOException {
                channel.force(false);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }
}
