package io.weighbridge.license.receipts;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Adds records to a log: numbers, chains, buffers, and seals them with a signed root. Not thread-safe: the writer thread owns it,
 * and opening before that thread starts. After an exception it must not be used again: what is on the disk is then unknown.
 */
final class LogWriter implements Closeable {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final LogFolder folder;
    private final Options options;
    private final InstantSource clock;
    private final Sink.Opener opener;
    private final Sha256 sha256 = new Sha256();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ArrayList<byte[]> leaves;

    private SigningKey key;
    private int segment;
    private long segmentBytes;
    private byte[] chain;
    private long lastSequence;
    private String previousBatch;
    private @Nullable Sink sink;

    /** Goes on at {@code end}; an empty file gets its header with the first record. */
    LogWriter(LogFolder folder, Options options, InstantSource clock, Sink.Opener opener, SigningKey key, LogEnd end) {
        this.folder = folder;
        this.options = options;
        this.clock = clock;
        this.opener = opener;
        this.key = key;
        this.segment = end.segment();
        this.segmentBytes = end.offset();
        this.chain = end.chain();
        this.lastSequence = end.lastSequence();
        this.previousBatch = end.previousBatch();
        this.leaves = new ArrayList<>(end.leaves());
    }

    /** Adds a receipt and returns its sequence number. It is durable after the next {@link #sync} or {@link #seal}. */
    long append(Receipt.Encoded receipt) throws IOException {
        var digits = Long.toString(lastSequence + 1).getBytes(StandardCharsets.US_ASCII);
        leaves.add(write(RecordType.RECEIPT, receipt.before, digits, receipt.after));
        return ++lastSequence;
    }

    /** Adds what opening found. */
    void append(Recovery recovery) throws IOException {
        write(RecordType.RECOVERY, recovery.encode());
    }

    /** Changes the key; what follows is signed by {@code next}. */
    void append(KeyChange change, SigningKey next) throws IOException {
        write(RecordType.KEY_CHANGE, change.encode());
        key = next;
    }

    /** Returns when everything added is on the disk, chained but not signed. */
    void sync() throws IOException {
        var target = openSegment();
        drain(target);
        target.force();
    }

    /** Receipts that no signed root covers yet. */
    int unsigned() {
        return leaves.size();
    }

    /** Whether the file is full: the next signed root ends it. */
    boolean isSegmentFull() {
        return segmentBytes >= options.segmentBytes();
    }

    long lastSequence() {
        return lastSequence;
    }

    /** Signs all since the last signed root and returns when everything is on the disk and the head says so. */
    Batch seal() throws IOException {
        var before = openSegment();
        var batch = new Batch(
                        lastSequence - leaves.size() + 1,
                        lastSequence,
                        Sha256.hex(Merkle.root(sha256, leaves)),
                        Sha256.hex(chain),
                        previousBatch,
                        segment,
                        key.id(),
                        now(),
                        "")
                .signed(key);
        previousBatch = Sha256.hex(write(RecordType.BATCH, batch.encode()));
        drain(before);
        before.force();
        batch.writeHead(folder);
        leaves.clear();
        if (isSegmentFull()) {
            before.close();
            sink = null;
            segment++;
            segmentBytes = 0;
        }
        return batch;
    }

    SigningKey key() {
        return key;
    }

    Instant now() {
        return clock.instant();
    }

    @Override
    public void close() throws IOException {
        if (sink != null) {
            sink.close();
            sink = null;
        }
    }

    /** Adds one record and returns the hash of its content. */
    private byte[] write(RecordType type, byte[]... content) throws IOException {
        var target = openSegment();
        return put(target, type, content);
    }

    private byte[] put(Sink target, RecordType type, byte[]... content) throws IOException {
        var length = 0;
        for (var part : content) {
            length += part.length;
        }
        var leaf = sha256.leaf(content);
        chain = sha256.link(chain, type.code, leaf);
        if (buffer.remaining() < RecordType.HEADER_BYTES + length) {
            drain(target);
        }
        buffer.put(type.code).putInt(length).put(chain);
        for (var part : content) {
            buffer.put(part);
        }
        segmentBytes += RecordType.HEADER_BYTES + length;
        return leaf;
    }

    private Sink openSegment() throws IOException {
        var open = sink;
        if (open == null) {
            open = opener.open(folder.segment(segment));
            sink = open;
            Durable.syncFolder(folder.path());
        }
        if (segmentBytes == 0) {
            var header = new SegmentHeader(segment, lastSequence + 1, Sha256.hex(chain), key.publicText(), now());
            put(open, RecordType.SEGMENT_HEADER, header.encode());
        }
        return open;
    }

    private void drain(Sink target) throws IOException {
        buffer.flip();
        target.write(buffer);
        buffer.clear();
    }
}
