package io.weighbridge.license.receipts;

import java.util.List;

/**
 * Where a log ends and what its next record goes on from.
 *
 * @param segment number of the last file
 * @param offset bytes of it that hold whole records; 0 where its header is still to be written
 * @param chain hash of the chain
 * @param lastSequence number of the last receipt, 0 if there is none
 * @param previousBatch hash of the last signed root's record
 * @param leaves hashes of the receipts after that signed root
 */
record LogEnd(int segment, long offset, byte[] chain, long lastSequence, String previousBatch, List<byte[]> leaves) {
    /** Of a log without any record. */
    static LogEnd empty() {
        return new LogEnd(1, 0, Sha256.ZERO, 0, Sha256.hex(Sha256.ZERO), List.of());
    }
}
