package io.weighbridge.gateway;

import io.quarkus.runtime.StartupEvent;
import io.weighbridge.gateway.admission.DecisionLog;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.receipts.Receipts;
import io.weighbridge.gateway.routing.Convictions;
import io.weighbridge.gateway.routing.Router;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.gateway.upstream.ReplicaPool;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.random.RandomGenerator;

/** Makes the plain objects of this service from its configuration. */
@ApplicationScoped
public class Wiring {
    @Produces
    @Singleton
    TermsCatalog terms() {
        return TermsReader.shipped();
    }

    @Produces
    @Singleton
    KeyFile keys(GatewayConfig config) {
        return new KeyFile(config.keysFile().orElse(null));
    }

    @Produces
    @Singleton
    SnapshotStore snapshots(GatewayConfig config, TermsCatalog terms) {
        return new SnapshotStore(config.home().resolve("snapshot.json"), terms);
    }

    @Produces
    @Singleton
    LicenseGate gate(SnapshotStore snapshots, KeyFile keys, DecisionLog log) {
        return new LicenseGate(snapshots, keys, LicensePolicy::check, log);
    }

    @Produces
    @Singleton
    DecisionLog log(Receipts receipts) {
        return receipts.enabled() ? receipts : DecisionLog.NONE;
    }

    @Produces
    @Singleton
    Router router(ReplicaPool pool) {
        return new Router(pool.replicas(), RandomGenerator.getDefault());
    }

    @Produces
    @Singleton
    Convictions convictions() {
        return new Convictions(System::nanoTime);
    }

    /** Builds the gate at start, so that an unreadable keys or terms file stops the start and not the first request. */
    void check(@Observes StartupEvent event, TermsCatalog terms, LicenseGate gate) {
        if (terms.all().isEmpty()) {
            throw new IllegalStateException("no license terms are on the class path");
        }
    }
}
