package io.weighbridge.gateway.receipts;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weighbridge.gateway.GatewayConfig;
import io.weighbridge.gateway.admission.Decision;
import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.DecisionLog;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.license.receipts.Options;
import io.weighbridge.license.receipts.ReceiptLog;
import io.weighbridge.license.receipts.ReceiptLogException;
import io.weighbridge.license.terms.TermsCatalog;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Typed;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The receipt log of this gateway. While it cannot be written, every decision is a 503 and the log is opened again at an interval, so
 * that a repaired disk needs no restart. Recording never waits for the disk: a crash loses at most the receipts of one window.
 */
@ApplicationScoped
@Typed(Receipts.class)
public class Receipts implements DecisionLog {
    private static final Logger LOG = Logger.getLogger(Receipts.class);

    private static final String NOT_WRITABLE = "the receipt log cannot be written";

    private final GatewayConfig.Receipts config;
    private final Path folder;
    private final String catalog;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("receipts-opener").factory());

    private volatile @Nullable ReceiptLog log;
    private volatile @Nullable String problem;

    Receipts(GatewayConfig config, TermsCatalog terms) {
        this.config = config.receipts();
        this.folder = this.config.folder().orElse(config.home().resolve("receipts"));
        this.catalog = terms.digest();
    }

    void start(@Observes StartupEvent event) {
        if (!config.enabled()) {
            LOG.warn("receipts are configured off: decisions leave no proof (weighbridge.gateway.receipts.enabled)");
            return;
        }
        open();
        var millis = config.reopenInterval().toMillis();
        // The schedule's own result never completes; open() reports failures itself.
        var _ = thread.scheduleWithFixedDelay(this::open, millis, millis, TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        thread.shutdownNow();
        close(log);
    }

    @Override
    public void record(Decision decision, Requester requester, Phase phase) {
        var open = log;
        if (open == null) {
            throw unavailable(NOT_WRITABLE);
        }
        try {
            // Whether it reached the disk shows in the log's status: after a failure nothing more is accepted.
            var _ = open.append(Drafts.of(decision, requester, phase, catalog, Instant.now()));
        } catch (ReceiptLogException refused) {
            throw unavailable(
                    refused.reason() == ReceiptLogException.Reason.FULL
                            ? "too many receipts wait for the disk"
                            : NOT_WRITABLE);
        } catch (IllegalArgumentException refused) {
            LOG.errorf("a decision does not fit into a receipt: %s", refused.getMessage());
            throw unavailable("the decision does not fit into a receipt");
        }
    }

    /** Returns when all receipts so far are signed and on the disk. */
    public void flush() {
        var open = log;
        if (open != null) {
            open.flush();
        }
    }

    public Path folder() {
        return folder;
    }

    public boolean enabled() {
        return config.enabled();
    }

    /** How the log is, or null while it is not open. */
    public ReceiptLog.@Nullable Status status() {
        var open = log;
        return open == null ? null : open.status();
    }

    /** Why nothing is recorded, or null. */
    public @Nullable String problem() {
        var status = status();
        return status == null ? problem : status.problem();
    }

    /** Opens the log unless it is open and takes receipts. */
    private synchronized void open() {
        var before = log;
        if (before != null) {
            var failure = before.status().problem();
            if (failure == null) {
                return;
            }
            report(failure);
            log = null;
            close(before);
        }
        try {
            var options = Options.defaults().withWindow(config.window()).withQueueCapacity(config.queueCapacity());
            var opened = ReceiptLog.open(folder, options);
            var recovery = opened.recovery();
            log = opened;
            problem = null;
            LOG.infof("receipts go to %s%s", folder, recovery == null ? "" : "; " + recovery.describe());
        } catch (ReceiptLogException | IllegalArgumentException broken) {
            report(String.valueOf(broken.getMessage()));
        }
    }

    /** Logs a problem once, however often it is met. */
    private void report(String failure) {
        if (!failure.equals(problem)) {
            LOG.errorf("no receipts, so nothing is answered: %s", failure);
        }
        problem = failure;
    }

    private static void close(@Nullable ReceiptLog log) {
        try {
            if (log != null) {
                log.close();
            }
        } catch (ReceiptLogException broken) {
            LOG.errorf("receipts were not written to the end: %s", broken.getMessage());
        }
    }

    /** The caller is told the kind of failure; its words may hold paths of this machine and are for the operator. */
    private static ApiException unavailable(String cause) {
        return new ApiException(
                ErrorCode.RECEIPTS_UNAVAILABLE,
                "the decision about this request cannot be recorded, so it is not answered: %s; try again shortly, the gateway's log says more"
                        .formatted(cause));
    }
}
