package io.weighbridge.gateway;

import io.quarkus.runtime.StartupEvent;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.keys.KeyRing;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.license.terms.TermsReader;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes the plain objects of this service from its configuration. */
@ApplicationScoped
public class Wiring {
    @Produces
    @Singleton
    KeyRing keys(GatewayConfig config) {
        return config.keysFile().map(KeyRing::read).orElseGet(KeyRing::builtIn);
    }

    @Produces
    @Singleton
    SnapshotStore snapshots(GatewayConfig config) {
        return new SnapshotStore(config.home().resolve("snapshot.json"));
    }

    @Produces
    @Singleton
    LicenseGate gate(SnapshotStore snapshots, KeyRing keys) {
        return new LicenseGate(snapshots, TermsReader.shipped(), keys.operator());
    }

    /** Builds the gate at start, so that an unreadable keys or terms file stops the start and not the first request. */
    void check(@Observes StartupEvent event, LicenseGate gate) {
        if (gate.terms().all().isEmpty()) {
            throw new IllegalStateException("no license terms are on the class path");
        }
    }
}
