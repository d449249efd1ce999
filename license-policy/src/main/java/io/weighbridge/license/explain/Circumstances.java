package io.weighbridge.license.explain;

import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Circumstance.Party;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Threshold;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Says circumstances in words, and which facts they ask for. */
public final class Circumstances {
    /** More countries than this are counted instead of listed. */
    private static final int COUNTRIES_LISTED_MAX = 30;

    private Circumstances() {}

    /** The circumstance as the middle of a sentence, such as {@code the use is commercial}. */
    public static String words(Circumstance circumstance) {
        return switch (circumstance) {
            case Circumstance.Always _ -> "always";
            case Circumstance.CommercialUse _ -> "the use is commercial";
            case Circumstance.ServedToOthers _ -> "people outside the operator's organization are served";
            case Circumstance.ModelService _ -> "letting others use models is the operator's business";
            case Circumstance.Nonprofit _ -> "the operator is a qualified non-profit";
            case Circumstance.MultimodalModel _ -> "the model takes more than text";
            case Circumstance.DerivedModel _ -> "the model in use is another one, made from this one";
            case Circumstance.FlowDownTermsPublished _ ->
                "the operator's own terms of service bind users to the license's use restrictions";
            case Circumstance.Holds(var permission) -> "the operator holds '%s'".formatted(permission);
            case Circumstance.ForPurposes(var purposes) -> "the purpose is " + any("one of: ", purposes);
            case Circumstance.OnlyForPurposes(var purposes) -> "no purpose is other than " + any("", purposes);
            case Circumstance.InCountries in -> "%s %s".formatted(party(in.party()), countries(in.countries()));
            case Circumstance.Above(var threshold) -> number(threshold) + " are above %,d".formatted(threshold.most());
            case Circumstance.AllOf(var parts) -> joined(parts, " and ");
            case Circumstance.AnyOf(var parts) -> joined(parts, " or ");
            case Circumstance.Not(var part) -> not(part);
        };
    }

    /** The facts that the circumstance asks for, as the facts file names them, and what each means; sorted. */
    public static TreeMap<String, String> facts(Circumstance circumstance) {
        var facts = new TreeMap<String, String>();
        collect(circumstance, facts);
        return facts;
    }

    private static void collect(Circumstance circumstance, TreeMap<String, String> facts) {
        switch (circumstance) {
            // Lineage says whether a model is derived; nobody is asked.
            case Circumstance.Always _, Circumstance.DerivedModel _ -> {}
            case Circumstance.CommercialUse _ -> facts.put("tenant.commercial", "whether the use is commercial");
            case Circumstance.ServedToOthers _ ->
                facts.put("operator.servesOthers", "whether people outside the operator's organization are served");
            case Circumstance.ModelService _ ->
                facts.put("operator.modelService", "whether letting others use models is the operator's business");
            case Circumstance.Nonprofit _ -> facts.put("operator.nonprofit", "whether the operator is a non-profit");
            case Circumstance.MultimodalModel _ ->
                facts.put("(model) multimodal", "whether the model takes more than text; recorded in the registry");
            case Circumstance.FlowDownTermsPublished _ ->
                facts.put(
                        "operator.flowDownTermsPublished",
                        "whether the operator's terms bind users to the use restrictions");
            case Circumstance.Holds(var permission) ->
                facts.put("operator.permissions." + permission, "whether this separate permission is held");
            case Circumstance.ForPurposes _, Circumstance.OnlyForPurposes _ ->
                facts.put("tenant.purposes", "everything it is used for; a request can name fewer");
            case Circumstance.InCountries in -> {
                switch (in.party()) {
                    case OPERATOR -> facts.put("operator.domicile", "the operator's country");
                    case TENANT -> facts.put("tenant.country", "the tenant's country");
                    case END_USER ->
                        facts.put("tenant.endUserCountries", "where end users are; a request can name one");
                }
            }
            case Circumstance.Above(var threshold) -> facts.put(path(threshold), number(threshold));
            case Circumstance.AllOf(var parts) -> parts.forEach(part -> collect(part, facts));
            case Circumstance.AnyOf(var parts) -> parts.forEach(part -> collect(part, facts));
            case Circumstance.Not(var part) -> collect(part, facts);
        }
    }

    private static String not(Circumstance part) {
        return switch (part) {
            case Circumstance.Always _ -> "never";
            case Circumstance.Above(var threshold) ->
                number(threshold) + " are at most %,d".formatted(threshold.most());
            case Circumstance.Not(var twice) -> words(twice);
            case Circumstance.CommercialUse _ -> "the use is not commercial";
            case Circumstance.Holds(var permission) -> "the operator does not hold '%s'".formatted(permission);
            default -> "not (%s)".formatted(words(part));
        };
    }

    private static String joined(List<Circumstance> parts, String word) {
        return parts.stream()
                .map(part -> part instanceof Circumstance.AllOf || part instanceof Circumstance.AnyOf
                        ? "(" + words(part) + ")"
                        : words(part))
                .collect(Collectors.joining(word));
    }

    private static String any(String label, Set<Purpose> purposes) {
        return (purposes.size() == 1 ? "" : label)
                + purposes.stream().map(Purpose::code).sorted().collect(Collectors.joining(", "));
    }

    private static String party(Party party) {
        return switch (party) {
            case OPERATOR -> "the operator sits in";
            case TENANT -> "the tenant sits in";
            case END_USER -> "the end users are in";
        };
    }

    private static String countries(Set<String> countries) {
        return countries.size() > COUNTRIES_LISTED_MAX
                ? "one of %d countries".formatted(countries.size())
                : String.join(", ", new TreeSet<>(countries));
    }

    private static String number(Threshold threshold) {
        return "%s of the %s %s"
                .formatted(metric(threshold), threshold.scope().name().toLowerCase(Locale.ROOT), time(threshold));
    }

    private static String metric(Threshold threshold) {
        return switch (threshold.metric()) {
            case MONTHLY_USERS -> "monthly users";
            case MONTHLY_REVENUE_USD -> "US dollars of monthly revenue";
            case ANNUAL_REVENUE_USD -> "US dollars of annual revenue";
            case ANNUAL_RECURRING_REVENUE_USD -> "US dollars of annual recurring revenue";
            case MODEL_SERVICE_REVENUE_USD -> "US dollars of revenue from letting others use models";
        };
    }

    private static String time(Threshold threshold) {
        return switch (threshold.tested()) {
            case ONCE -> "in " + threshold.month();
            case BEFORE_RELEASE -> "in the month before the model's release";
            case MONTHLY -> "in the last month";
            case ANNUALLY -> "in the last year";
            case CONTINUOUSLY -> "at any time";
        };
    }

    private static String path(Threshold threshold) {
        var words = threshold.metric().name().toLowerCase(Locale.ROOT).split("_", -1);
        var path = new StringBuilder("operator.").append(words[0]);
        for (int i = 1; i < words.length; i++) {
            path.append(Character.toUpperCase(words[i].charAt(0))).append(words[i], 1, words[i].length());
        }
        return switch (threshold.tested()) {
            case ONCE, BEFORE_RELEASE -> path + ".groupInMonth";
            case MONTHLY, ANNUALLY, CONTINUOUSLY ->
                path + "." + threshold.scope().name().toLowerCase(Locale.ROOT);
        };
    }
}
