package io.weighbridge.license.receipts;

import java.nio.file.Path;
import java.time.Duration;

/** A process that appends until it is killed, and says each receipt's number once it is durable. */
final class AppendingProcess {
    private AppendingProcess() {}

    public static void main(String[] arguments) {
        var options = Logs.FAST
                .withWindow(Duration.ofMillis(2))
                .withSegmentBytes(64 * 1024)
                .withBlockFor(Options.BLOCK_MAX)
                .withQueueCapacity(64);
        var log = ReceiptLog.open(Path.of(arguments[0]), options);
        for (int number = 1; ; number++) {
            log.append(Logs.draft(number)).thenAccept(receipt -> {
                System.out.println(receipt.sequence());
                System.out.flush();
            });
        }
    }
}
