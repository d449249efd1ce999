package io.weighbridge.license.receipts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What checking a log found.
 *
 * @param receipts number of the last receipt
 * @param signed number of the last receipt under a signed root
 * @param batches how many signed roots fit
 * @param last the newest signed root, null if none fits
 * @param problems empty if the log is as it was written; at most {@link ReceiptVerifier#PROBLEMS_MAX}
 * @param recoveries what was recovered after crashes, oldest first
 * @param notes what is no problem but should be known
 */
public record Verification(
        long receipts,
        long signed,
        long batches,
        @Nullable Batch last,
        List<Problem> problems,
        List<Recovery> recoveries,
        List<String> notes) {
    public Verification {
        problems = List.copyOf(problems);
        recoveries = List.copyOf(recoveries);
        notes = List.copyOf(notes);
    }

    public boolean isVerified() {
        return problems.isEmpty();
    }
}
