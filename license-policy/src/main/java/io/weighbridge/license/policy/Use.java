package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Purpose;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who does what with a checkpoint and for what purpose: the question put to terms. A null fact is an unknown one. */
public record Use(Act act, Operator operator, Tenant tenant, Request request) {
    private static final Set<String> COUNTRIES = Set.of(java.util.Locale.getISOCountries());

    /**
     * Facts about whoever runs the service.
     *
     * @param servesOthers whether people outside the operator's own organization reach the models
     * @param modelService whether letting others use models is its business
     * @param nonprofit whether it is a qualified non-profit organization
     * @param flowDownTermsPublished whether its terms of service bind users to the licenses' use restrictions
     * @param domicile ISO 3166 code of two letters, upper case
     * @param permissions separate permissions by name, such as a steward's commercial license, and whether it holds them; one
     *     that is not named is unknown
     */
    public record Operator(
            Answer servesOthers,
            Answer modelService,
            Answer nonprofit,
            Answer flowDownTermsPublished,
            Numbers numbers,
            @Nullable String domicile,
            Map<String, Boolean> permissions) {
        public static final Operator UNKNOWN = new Operator(
                Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN, Numbers.UNKNOWN, null, Map.of());

        public Operator {
            domicile = country("operator.domicile", domicile);
            permissions = java.util.Collections.unmodifiableMap(new TreeMap<>(permissions));
        }

        /** Whether the permission of this name is held. */
        public Answer holds(String permission) {
            var held = permissions.get(permission);
            return held == null ? Answer.UNKNOWN : Answer.of(held);
        }

        public Operator withServesOthers(Answer answer) {
            return new Operator(
                    answer, modelService, nonprofit, flowDownTermsPublished, numbers, domicile, permissions);
        }
    }

    /**
     * Facts about whoever the API key belongs to.
     *
     * @param commercial whether it uses models commercially
     * @param country where it sits, ISO 3166 code of two letters, upper case
     * @param endUserCountries everywhere its end users are; null when it has not said
     * @param purposes everything it uses models for; null when it has not said
     */
    public record Tenant(
            Answer commercial,
            @Nullable String sector,
            @Nullable String country,
            @Nullable Set<String> endUserCountries,
            @Nullable Set<Purpose> purposes) {
        public static final Tenant UNKNOWN = new Tenant(Answer.UNKNOWN, null, null, null, null);

        public Tenant {
            country = Use.country("tenant.country", country);
            endUserCountries = countries(endUserCountries);
            purposes = frozen(purposes);
        }
    }

    /**
     * Facts about one request. They narrow what the tenant declared and can never widen it.
     *
     * @param commercial whether this request is part of a commercial use; it can make a use commercial, never the contrary
     * @param country where its end user is, ISO 3166 code of two letters, upper case
     * @param purposes what this request is for; null when it does not say
     */
    public record Request(
            Answer commercial,
            @Nullable String country,
            @Nullable Set<Purpose> purposes) {
        public static final Request UNDECLARED = new Request(Answer.UNKNOWN, null, null);

        public Request {
            country = Use.country("request.country", country);
            purposes = frozen(purposes);
        }

        /** A request that says nothing but its purposes. */
        public static Request forPurposes(@Nullable Set<Purpose> purposes) {
            return new Request(Answer.UNKNOWN, null, purposes);
        }
    }

    /** The purposes that count: the request's where it names some, else the tenant's; null when neither says. */
    public @Nullable Set<Purpose> purposes() {
        return request.purposes() != null ? request.purposes() : tenant.purposes();
    }

    /** Where the end users are: the request's country where it names one, else the tenant's; null when neither says. */
    public @Nullable Set<String> endUserCountries() {
        var country = request.country();
        return country != null ? Set.of(country) : tenant.endUserCountries();
    }

    /**
     * Whether the use is commercial. A request of a tenant that declared itself either way stays what the tenant is, except
     * that it can add a commercial use; where the tenant said nothing, the request's word counts.
     */
    public Answer commercial() {
        if (tenant.commercial() == Answer.YES || request.commercial() == Answer.YES) {
            return Answer.YES;
        }
        return tenant.commercial() == Answer.UNKNOWN ? request.commercial() : tenant.commercial();
    }

    private static @Nullable String country(String fact, @Nullable String code) {
        if (code == null) {
            return null;
        }
        var upper = code.strip().toUpperCase(java.util.Locale.ROOT);
        // A code that no country has would be in no territory, and so outside of every excluded one.
        if (!COUNTRIES.contains(upper)) {
            throw new IllegalArgumentException(
                    "%s: '%s' is not a country code of two letters (ISO 3166), such as DE".formatted(fact, code));
        }
        return upper;
    }

    private static @Nullable Set<String> countries(@Nullable Set<String> codes) {
        if (codes == null) {
            return null;
        }
        var upper = new TreeSet<String>();
        codes.forEach(code -> upper.add(java.util.Objects.requireNonNull(country("tenant.endUserCountries", code))));
        return java.util.Collections.unmodifiableSet(upper);
    }

    private static @Nullable Set<Purpose> frozen(@Nullable Set<Purpose> purposes) {
        if (purposes == null) {
            return null;
        }
        var copy = java.util.EnumSet.noneOf(Purpose.class);
        copy.addAll(purposes);
        return java.util.Collections.unmodifiableSet(copy);
    }
}
