package io.weighbridge.gateway.snapshot;

import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.receipts.Draft.LicenseApplied;
import io.weighbridge.license.receipts.Draft.Owed;
import io.weighbridge.license.terms.Obligation;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** What receipts say of the licenses that bind a model, made once. Immutable. */
public final class Applied {
    private static final String UNKNOWN = "unknown";

    private final List<LicenseApplied> licenses;
    private final Map<Obligation, Owed> owed = new IdentityHashMap<>();

    /** @param textDigests digest of the license text of each model of which one is known */
    Applied(Subject subject, Map<String, String> textDigests) {
        var all = new LinkedHashSet<LicenseApplied>();
        for (var layer : subject.layers()) {
            var terms = layer.terms();
            all.add(new LicenseApplied(terms.id(), textDigests.get(layer.model()), terms.version(), terms.digest()));
            terms.obligations()
                    .forEach(obligation -> owed.putIfAbsent(
                            obligation, new Owed(terms.id(), obligation.clause().id())));
        }
        this.licenses = limited(new ArrayList<>(all));
    }

    /** The licenses, the model's own first. */
    public List<LicenseApplied> licenses() {
        return licenses;
    }

    /** The license that {@code obligation} comes from, with its clause. */
    public Owed owed(Obligation obligation) {
        var known = owed.get(obligation);
        return known != null ? known : new Owed(UNKNOWN, obligation.clause().id());
    }

    private static List<LicenseApplied> limited(List<LicenseApplied> all) {
        if (all.size() <= Draft.ENTRIES_MAX) {
            return List.copyOf(all);
        }
        var kept = new ArrayList<>(all.subList(0, Draft.ENTRIES_MAX - 1));
        kept.add(new LicenseApplied("%d more".formatted(all.size() - kept.size()), null, 0, ""));
        return List.copyOf(kept);
    }
}
