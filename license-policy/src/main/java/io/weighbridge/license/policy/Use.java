package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Purpose;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who does what with a checkpoint and for what purpose: the question put to terms. A null fact is an unknown one.
 */
public record Use(Act act, Operator operator, Tenant tenant, Request request) {
    /**
     * Facts about whoever runs the service.
     *
     * @param servesOthers whether people outside the operator's own organization reach the models
     * @param flowDownTermsPublished whether its terms of service bind users to the licenses' use restrictions
     * @param domicile ISO 3166 code of two letters
     */
    public record Operator(
            Answer servesOthers,
            Answer flowDownTermsPublished,
            @Nullable Long monthlyUsersAtRelease,
            @Nullable Long monthlyUsersNow,
            @Nullable Long annualRevenueUsd,
            @Nullable String domicile) {
        public static final Operator UNKNOWN = new Operator(Answer.UNKNOWN, Answer.UNKNOWN, null, null, null, null);
    }

    /**
     * Facts about whoever the API key belongs to.
     *
     * @param purposes everything it uses models for; null when it has not said
     */
    public record Tenant(
            Answer commercial,
            @Nullable String sector,
            @Nullable String country,
            @Nullable Set<Purpose> purposes) {
        public static final Tenant UNKNOWN = new Tenant(Answer.UNKNOWN, null, null, null);

        public Tenant {
            purposes = purposes == null ? null : Set.copyOf(purposes);
        }
    }

    /**
     * Facts about one request. They narrow what the tenant declared and can never widen it.
     *
     * @param purposes what this request is for; null when it does not say
     */
    public record Request(@Nullable Set<Purpose> purposes) {
        public static final Request UNDECLARED = new Request((Set<Purpose>) null);

        public Request {
            purposes = purposes == null ? null : Set.copyOf(purposes);
        }
    }

    /** The purposes that count: the request's where it names some, else the tenant's; null when neither says. */
    public @Nullable Set<Purpose> purposes() {
        return request.purposes() != null ? request.purposes() : tenant.purposes();
    }
}
