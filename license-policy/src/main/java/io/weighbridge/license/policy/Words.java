package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Circumstance.Party;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Threshold;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says in words which facts a circumstance met, and how to declare those that are missing. */
final class Words {
    /** What an exemption that nobody has comes to. */
    private static final Circumstance ALWAYS = new Circumstance.Not(Circumstance.NEVER);

    private Words() {}

    /** The facts that the circumstance asks for, as this use has them. */
    static String facts(Circumstance circumstance, Use use, Traits traits) {
        return switch (circumstance) {
            case Circumstance.Always _ -> "it binds every use";
            case Circumstance.CommercialUse _ -> "commercial use: " + code(use.commercial());
            case Circumstance.ServedToOthers _ ->
                "served to others: " + code(use.operator().servesOthers());
            case Circumstance.ModelService _ ->
                "the operator's business is a model service: "
                        + code(use.operator().modelService());
            case Circumstance.Nonprofit _ ->
                "the operator is a non-profit: " + code(use.operator().nonprofit());
            case Circumstance.MultimodalModel _ -> "multimodal model: " + code(traits.multimodal());
            case Circumstance.DerivedModel _ ->
                "made from the model of these terms: " + (traits.origin() ? "yes" : "no");
            case Circumstance.FlowDownTermsPublished _ ->
                "the operator has published such terms: " + code(use.operator().flowDownTermsPublished());
            case Circumstance.Holds(var permission) ->
                "the operator holds '%s': %s"
                        .formatted(permission, code(use.operator().holds(permission)));
            case Circumstance.ForPurposes _, Circumstance.OnlyForPurposes _ -> "purpose: " + purposes(use.purposes());
            case Circumstance.InCountries in -> country(in.party(), use);
            case Circumstance.Above(var threshold) -> threshold(threshold, use, traits);
            case Circumstance.AllOf(var parts) -> joined(parts, use, traits);
            case Circumstance.AnyOf(var parts) -> joined(parts, use, traits);
            case Circumstance.Not(var part) -> facts(part, use, traits);
        };
    }

    /** How to declare the facts that are missing for an answer; those already known are left out. */
    static String howToDeclare(Circumstance circumstance, Use use, Traits traits) {
        var missing = new TreeSet<String>();
        collect(circumstance, use, traits, missing);
        return missing.isEmpty() ? "nothing to declare" : String.join("; ", missing);
    }

    private static void collect(Circumstance circumstance, Use use, Traits traits, Set<String> missing) {
        if (Facts.answer(circumstance, use, traits) != Answer.UNKNOWN) {
            return;
        }
        switch (circumstance) {
            case Circumstance.AllOf(var parts) -> parts.forEach(part -> collect(part, use, traits, missing));
            case Circumstance.AnyOf(var parts) -> parts.forEach(part -> collect(part, use, traits, missing));
            case Circumstance.Not(var part) -> collect(part, use, traits, missing);
            default -> missing.add(declaration(circumstance));
        }
    }

    private static String declaration(Circumstance leaf) {
        return switch (leaf) {
            case Circumstance.CommercialUse _ -> "set tenant.commercial to true or false";
            case Circumstance.ServedToOthers _ -> "set operator.servesOthers to true or false";
            case Circumstance.ModelService _ -> "set operator.modelService to true or false";
            case Circumstance.Nonprofit _ -> "set operator.nonprofit to true or false";
            case Circumstance.MultimodalModel _ -> "record in the registry whether the model is multimodal";
            case Circumstance.FlowDownTermsPublished _ ->
                "put the license's use restrictions into your terms of service, then set operator.flowDownTermsPublished to"
                        + " true";
            case Circumstance.Holds(var permission) ->
                "set '%s' in operator.permissions to true or false".formatted(permission);
            case Circumstance.ForPurposes _, Circumstance.OnlyForPurposes _ ->
                "list tenant.purposes, or send the purpose in the header x-intended-use";
            case Circumstance.InCountries in ->
                switch (in.party()) {
                    case OPERATOR -> "set operator.domicile";
                    case TENANT -> "set tenant.country";
                    case END_USER ->
                        "list tenant.endUserCountries, or send the end user's country in the header x-end-user-country";
                };
            case Circumstance.Above(var threshold) ->
                "declare operator.%s of the %s, %s"
                        .formatted(
                                camel(threshold.metric()),
                                threshold.tested().isPast() ? "group" : code(threshold.scope()),
                                tested(threshold));
            case Circumstance.Always _,
                    Circumstance.DerivedModel _,
                    Circumstance.AllOf _,
                    Circumstance.AnyOf _,
                    Circumstance.Not _ -> throw new IllegalStateException("not a fact: " + leaf);
        };
    }

    private static String joined(List<Circumstance> parts, Use use, Traits traits) {
        var said = new LinkedHashSet<String>();
        for (var part : parts) {
            if (!(part instanceof Circumstance.Always) && !part.equals(ALWAYS)) {
                said.add(facts(part, use, traits));
            }
        }
        var facts = String.join(", ", said);
        return facts.isEmpty() ? facts(new Circumstance.Always(), use, traits) : facts;
    }

    private static String threshold(Threshold threshold, Use use, Traits traits) {
        var value = use.operator().numbers().value(threshold, traits.released());
        return code(threshold.metric()) + " of the " + code(threshold.scope()) + " " + tested(threshold) + ": "
                + (value == null ? declaredOtherwise(threshold, use) : grouped(value)) + ", the limit is "
                + grouped(threshold.most());
    }

    private static String declaredOtherwise(Threshold threshold, Use use) {
        var series = use.operator().numbers().byMetric().get(threshold.metric());
        var mostEver = series == null ? null : series.mostEver();
        return mostEver == null ? "not declared" : "never above " + grouped(mostEver);
    }

    /** 700,000,000: digits in threes. */
    private static String grouped(long value) {
        var digits = new StringBuilder(Long.toString(value));
        for (int at = digits.length() - 3; at > 0 && digits.charAt(at - 1) != '-'; at -= 3) {
            digits.insert(at, ',');
        }
        return digits.toString();
    }

    private static String tested(Threshold threshold) {
        return switch (threshold.tested()) {
            case ONCE -> "in " + threshold.month();
            case BEFORE_RELEASE -> "in the month before the model's release";
            case MONTHLY -> "in the last month";
            case ANNUALLY -> "in the last year";
            case CONTINUOUSLY -> "at present";
        };
    }

    private static String country(Party party, Use use) {
        return switch (party) {
            case OPERATOR -> "country of the operator: " + shown(use.operator().domicile());
            case TENANT -> "country of the tenant: " + shown(use.tenant().country());
            case END_USER -> {
                var countries = use.endUserCountries();
                yield "countries of the end users: "
                        + (countries == null ? "not declared" : String.join(", ", countries));
            }
        };
    }

    static String purposes(@Nullable Set<Purpose> purposes) {
        return purposes == null || purposes.isEmpty()
                ? "not declared"
                : purposes.stream().map(Purpose::code).sorted().collect(Collectors.joining(", "));
    }

    static String code(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** As the facts file spells it: {@code monthlyUsers}. */
    static String camel(Enum<?> value) {
        var text = new StringBuilder();
        var upper = false;
        for (var c : value.name().toCharArray()) {
            if (c == '_') {
                upper = true;
            } else {
                text.append(upper ? c : Character.toLowerCase(c));
                upper = false;
            }
        }
        return text.toString();
    }

    private static String shown(@Nullable String value) {
        return value == null ? "not declared" : value;
    }
}
