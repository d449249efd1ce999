package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Condition.Demand;
import io.weighbridge.license.terms.Condition.Metric;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Trigger;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts the questions of terms to the facts of a use. */
final class Facts {
    private Facts() {}

    /** Whether {@code trigger} bears on {@code use}. */
    static Answer answer(Trigger trigger, Use use) {
        return switch (trigger) {
            case Trigger.Always() -> Answer.YES;
            case Trigger.CommercialUse() -> use.tenant().commercial();
            case Trigger.ServedToOthers() -> use.operator().servesOthers();
            case Trigger.ForPurposes(var purposes) -> anyPurpose(purposes, use.purposes());
            case Trigger.InCountries(var party, var countries) -> {
                var country = country(party, use);
                yield country == null
                        ? Answer.UNKNOWN
                        : Answer.of(countries.contains(country.toUpperCase(Locale.ROOT)));
            }
        };
    }

    /** Whether {@code use} meets {@code demand}. */
    static Answer meets(Demand demand, Use use) {
        return switch (demand) {
            case Demand.AtMost(var metric, var most) -> {
                var value = value(metric, use);
                yield value == null ? Answer.UNKNOWN : Answer.of(value <= most);
            }
            case Demand.FlowDownTermsPublished() -> use.operator().flowDownTermsPublished();
        };
    }

    static @Nullable Long value(Metric metric, Use use) {
        return switch (metric) {
            case MONTHLY_USERS_AT_RELEASE -> use.operator().monthlyUsersAtRelease();
            case MONTHLY_USERS_NOW -> use.operator().monthlyUsersNow();
            case ANNUAL_REVENUE_USD -> use.operator().annualRevenueUsd();
        };
    }

    /** The fact that the trigger asks for, in words. */
    static String describe(Trigger trigger, Use use) {
        return switch (trigger) {
            case Trigger.Always() -> "it binds every use";
            case Trigger.CommercialUse() ->
                "commercial use: " + code(use.tenant().commercial());
            case Trigger.ServedToOthers() ->
                "served to others: " + code(use.operator().servesOthers());
            case Trigger.ForPurposes _ -> {
                var purposes = use.purposes();
                yield "purpose: " + (purposes == null ? "not declared" : LicensePolicy.codes(purposes));
            }
            case Trigger.InCountries in -> {
                var country = country(in.party(), use);
                yield "country of the %s: %s".formatted(code(in.party()), country == null ? "not declared" : country);
            }
        };
    }

    static String howToDeclare(Trigger trigger) {
        return switch (trigger) {
            case Trigger.Always() -> "nothing to declare";
            case Trigger.CommercialUse() -> "set tenant.commercial to true or false in the key's profile";
            case Trigger.ServedToOthers() -> "set servesOthers to true or false in the operator profile";
            case Trigger.ForPurposes _ ->
                "list tenant.purposes in the key's profile, or send the purpose in the header x-intended-use";
            case Trigger.InCountries in ->
                switch (in.party()) {
                    case OPERATOR -> "set domicile in the operator profile";
                    case TENANT -> "set tenant.country in the key's profile";
                };
        };
    }

    static String code(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static Answer anyPurpose(Set<Purpose> asked, @Nullable Set<Purpose> declared) {
        if (declared == null || declared.isEmpty()) {
            return Answer.UNKNOWN;
        }
        if (declared.stream().anyMatch(asked::contains)) {
            return Answer.YES;
        }
        return declared.contains(Purpose.UNRECOGNIZED) ? Answer.UNKNOWN : Answer.NO;
    }

    private static @Nullable String country(Trigger.Party party, Use use) {
        return switch (party) {
            case OPERATOR -> use.operator().domicile();
            case TENANT -> use.tenant().country();
        };
    }
}
