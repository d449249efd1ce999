package io.weighbridge.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.DecisionLog;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.receipts.Drafts;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.receipts.Options;
import io.weighbridge.license.receipts.ReceiptLog;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Processor time of the gateway's decision, with and without receipts, at a steady rate: everything that the process spends is
 * counted, the log's writer, its signatures and syncs among it. Arguments: decisions per second, seconds.
 *
 * <pre>
 *   java -cp "target/classes:target/lib/*" io.weighbridge.benchmarks.ReceiptCost 2000 10
 * </pre>
 */
public final class ReceiptCost {
    private static final int MODELS = 1_000;
    private static final int WARM_UP_DECISIONS = 40_000;
    private static final int ROUNDS = 3;
    private static final double NANOS_PER_MICRO = 1_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final LicenseGate gate;
    private final Requester silent;
    private final Requester declaring;
    private int next;

    private ReceiptCost(SnapshotStore snapshots, DecisionLog log) {
        var keys = new KeyFile(null);
        var caller = Objects.requireNonNull(keys.current().find("wb-local"));
        this.gate = new LicenseGate(snapshots, keys, LicensePolicy::check, log);
        this.silent = new Requester(caller, Use.Request.UNDECLARED, "req-0a1b2c3d-4e5f-6789-abcd-ef0123456789");
        this.declaring = new Requester(
                caller,
                Use.Request.forPurposes(EnumSet.of(Purpose.RESEARCH)),
                "req-0a1b2c3d-4e5f-6789-abcd-ef0123456789");
    }

    public static void main(String[] arguments) throws Exception {
        var rate = Integer.parseInt(arguments[0]);
        var seconds = Integer.parseInt(arguments[1]);
        var folder = Files.createTempDirectory("receipt-cost");
        var terms = TermsReader.shipped();
        var snapshots = snapshots(folder, terms);
        try (var log = ReceiptLog.open(folder.resolve("receipts"), Options.defaults())) {
            var without = new ReceiptCost(snapshots, DecisionLog.NONE);
            var with = new ReceiptCost(snapshots, (decision, requester, phase) -> {
                var _ = log.append(Drafts.of(decision, requester, phase, terms.digest(), Instant.now()));
            });
            without.paced(rate, WARM_UP_DECISIONS / rate);
            with.paced(rate, WARM_UP_DECISIONS / rate);
            for (var round = 0; round < ROUNDS; round++) {
                var bare = without.paced(rate, seconds);
                var kept = with.paced(rate, seconds);
                System.out.printf(
                        Locale.ROOT,
                        "%d decisions/s: %.2f us of processor time each without receipts, %.2f us with: %.2f us more%n",
                        rate,
                        bare,
                        kept,
                        kept - bare);
            }
        }
    }

    /** Decides at this rate; returns microseconds of processor time of the whole process for each decision. */
    private double paced(int rate, int seconds) {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var count = rate * seconds;
        var gapNanos = NANOS_PER_SECOND / rate;
        var cpu = system.getProcessCpuTime();
        var start = System.nanoTime();
        for (var i = 0; i < count; i++) {
            decide();
            var rest = start + (i + 1) * gapNanos - System.nanoTime();
            if (rest > 0) {
                LockSupport.parkNanos(rest);
            }
        }
        return (system.getProcessCpuTime() - cpu) / NANOS_PER_MICRO / count;
    }

    private void decide() {
        next = (next + 1) % MODELS;
        var requester = next % 2 == 0 ? silent : declaring;
        var _ = gate.decide(gate.model("acme/" + next), requester, Phase.ADMISSION);
    }

    private static SnapshotStore snapshots(Path folder, TermsCatalog terms) throws Exception {
        var store = new SnapshotStore(folder.resolve("snapshot.json"), terms);
        var licenses = terms.all();
        var models = IntStream.range(0, MODELS)
                .mapToObj(i -> {
                    var license = licenses.get(i % licenses.size()).id();
                    return """
                            {"id": "acme/%d", "createdAt": 1, "checkpoint": {"contextLength": 2048,
                             "weightsDigest": "sha256:%064d"}, "license": {"declared": "%s", "concluded": "%s"}}""".formatted(i, i, license, license);
                })
                .collect(Collectors.joining(","));
        store.accept("{\"version\": \"v\", \"models\": [%s]}".formatted(models).getBytes(StandardCharsets.UTF_8));
        return store;
    }
}
