package io.weighbridge.gateway.openai;

import io.vertx.core.http.HttpServerRequest;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.terms.Purpose;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The facts that a request declares about itself, in headers:
 *
 * <pre>
 *   x-intended-use      purposes with commas; several such headers count together
 *   x-end-user-country  ISO 3166 code of two letters
 *   x-commercial-use    true | false
 * </pre>
 *
 * A header that is absent says nothing. An empty x-intended-use names no purpose at all, so nothing that depends on one is permitted; nor
 * by a purpose that we do not know. Any other bad value is a 400.
 */
final class RequestFacts {
    /** Most characters of the header x-intended-use. */
    static final int INTENDED_USE_CHARS_MAX = 512;

    private static final String INTENDED_USE = "x-intended-use";
    private static final String END_USER_COUNTRY = "x-end-user-country";
    private static final String COMMERCIAL_USE = "x-commercial-use";
    private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());

    private RequestFacts() {}

    static Use.Request of(HttpServerRequest request) {
        var purposes = purposes(request);
        var country = country(request);
        var commercial = commercial(request);
        return purposes == null && country == null && commercial == Answer.UNKNOWN
                ? Use.Request.UNDECLARED
                : new Use.Request(commercial, country, purposes);
    }

    private static @Nullable Set<Purpose> purposes(HttpServerRequest request) {
        if (!request.headers().contains(INTENDED_USE)) {
            return null;
        }
        var header = String.join(",", request.headers().getAll(INTENDED_USE));
        if (header.isBlank()) {
            return EnumSet.noneOf(Purpose.class);
        }
        if (header.length() > INTENDED_USE_CHARS_MAX) {
            throw bad(INTENDED_USE, "has more than %d characters".formatted(INTENDED_USE_CHARS_MAX));
        }
        var purposes = EnumSet.noneOf(Purpose.class);
        for (var code : header.split(",", -1)) {
            if (code.isBlank()) {
                throw bad(
                        INTENDED_USE, "has an empty entry; write purposes with commas, such as research, translation");
            }
            purposes.add(Purpose.parse(code));
        }
        return purposes;
    }

    private static @Nullable String country(HttpServerRequest request) {
        var value = one(request, END_USER_COUNTRY);
        if (value == null) {
            return null;
        }
        var code = value.toUpperCase(Locale.ROOT);
        if (!COUNTRIES.contains(code)) {
            throw bad(END_USER_COUNTRY, "must be one country code of two letters (ISO 3166), such as DE");
        }
        return code;
    }

    private static Answer commercial(HttpServerRequest request) {
        var value = one(request, COMMERCIAL_USE);
        if (value == null) {
            return Answer.UNKNOWN;
        }
        return switch (value) {
            case "true" -> Answer.YES;
            case "false" -> Answer.NO;
            default -> throw bad(COMMERCIAL_USE, "must be true or false");
        };
    }

    /** The value of a header that may be sent once, or null when it says nothing. */
    private static @Nullable String one(HttpServerRequest request, String name) {
        if (!request.headers().contains(name)) {
            return null;
        }
        var values = request.headers().getAll(name);
        if (values.size() > 1) {
            throw bad(name, "was sent %d times; send it once".formatted(values.size()));
        }
        var value = values.getFirst().strip();
        return value.isEmpty() ? null : value;
    }

    private static ApiException bad(String header, String wrong) {
        return new ApiException(ErrorCode.INVALID_VALUE, "the header %s %s".formatted(header, wrong), header);
    }
}
