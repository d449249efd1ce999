package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Circumstance.Party;
import io.weighbridge.license.terms.Purpose;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether a circumstance holds in a use. Kleene's three values; allocates nothing. */
final class Facts {
    private Facts() {}

    static Answer answer(Circumstance circumstance, Use use, Traits traits) {
        return switch (circumstance) {
            case Circumstance.Always _ -> Answer.YES;
            case Circumstance.CommercialUse _ -> use.commercial();
            case Circumstance.ServedToOthers _ -> use.operator().servesOthers();
            case Circumstance.ModelService _ -> use.operator().modelService();
            case Circumstance.Nonprofit _ -> use.operator().nonprofit();
            case Circumstance.MultimodalModel _ -> traits.multimodal();
            case Circumstance.DerivedModel _ -> Answer.of(traits.origin());
            case Circumstance.FlowDownTermsPublished _ -> use.operator().flowDownTermsPublished();
            case Circumstance.Holds holds -> use.operator().holds(holds.permission());
            case Circumstance.ForPurposes asked -> any(asked.purposes(), use.purposes());
            case Circumstance.OnlyForPurposes asked -> only(asked.purposes(), use.purposes());
            case Circumstance.InCountries in -> in(in, use);
            case Circumstance.Above above -> use.operator().numbers().above(above.threshold(), traits.released());
            case Circumstance.AllOf all -> all(all.parts(), use, traits);
            case Circumstance.AnyOf any -> any(any.parts(), use, traits);
            case Circumstance.Not not -> answer(not.part(), use, traits).negated();
        };
    }

    private static Answer all(List<Circumstance> parts, Use use, Traits traits) {
        var all = Answer.YES;
        for (int i = 0; i < parts.size(); i++) {
            all = all.and(answer(parts.get(i), use, traits));
        }
        return all;
    }

    private static Answer any(List<Circumstance> parts, Use use, Traits traits) {
        var any = Answer.NO;
        for (int i = 0; i < parts.size(); i++) {
            any = any.or(answer(parts.get(i), use, traits));
        }
        return any;
    }

    private static Answer any(Set<Purpose> asked, @Nullable Set<Purpose> declared) {
        if (declared == null || declared.isEmpty()) {
            return Answer.UNKNOWN;
        }
        var unrecognized = false;
        for (var purpose : declared) {
            if (asked.contains(purpose)) {
                return Answer.YES;
            }
            unrecognized |= purpose == Purpose.UNRECOGNIZED;
        }
        return unrecognized ? Answer.UNKNOWN : Answer.NO;
    }

    private static Answer only(Set<Purpose> asked, @Nullable Set<Purpose> declared) {
        if (declared == null || declared.isEmpty()) {
            return Answer.UNKNOWN;
        }
        var unrecognized = false;
        for (var purpose : declared) {
            if (purpose == Purpose.UNRECOGNIZED) {
                unrecognized = true;
            } else if (!asked.contains(purpose)) {
                return Answer.NO;
            }
        }
        return unrecognized ? Answer.UNKNOWN : Answer.YES;
    }

    private static Answer in(Circumstance.InCountries in, Use use) {
        if (in.party() != Party.END_USER) {
            var country = in.party() == Party.OPERATOR
                    ? use.operator().domicile()
                    : use.tenant().country();
            return country == null ? Answer.UNKNOWN : Answer.of(in.countries().contains(country));
        }
        var requested = use.request().country();
        if (requested != null) {
            return Answer.of(in.countries().contains(requested));
        }
        var declared = use.tenant().endUserCountries();
        if (declared == null || declared.isEmpty()) {
            return Answer.UNKNOWN;
        }
        for (var country : declared) {
            if (in.countries().contains(country)) {
                return Answer.YES;
            }
        }
        return Answer.NO;
    }
}
