package io.weighbridge.gateway.openai;

import io.vertx.core.http.HttpServerRequest;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.ScoreRequest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whose request it is, and how long it may take: the name of its key, the headers {@value #QUEUE_TIME_HEADER} and
 * {@value #TIME_HEADER}. Replicas share themselves among keys by this.
 */
record Urgency(
        String tenant,
        @Nullable Integer queueTimeMaxMillis,
        @Nullable Integer timeMaxMillis) {
    static final String QUEUE_TIME_HEADER = "x-queue-time-max-ms";
    static final String TIME_HEADER = "x-time-max-ms";

    /** Longest time that a header may name: a day; who has more time says nothing. */
    static final int MILLIS_MAX = 24 * 60 * 60 * 1000;

    private static final Pattern MILLIS = Pattern.compile("[0-9]{1,8}");

    /** A header that is no number of milliseconds is a 400. */
    static Urgency of(HttpServerRequest request, Caller caller) {
        return new Urgency(caller.name(), millis(request, QUEUE_TIME_HEADER), millis(request, TIME_HEADER));
    }

    /** The request with all of this. */
    CompletionRequest of(CompletionRequest request) {
        return request.with(prompt -> of(prompt.toBuilder()));
    }

    private GenerateRequest of(GenerateRequest.Builder generate) {
        generate.setTenant(tenant);
        if (queueTimeMaxMillis != null) {
            generate.setQueueTimeMaxMillis(queueTimeMaxMillis);
        }
        if (timeMaxMillis != null) {
            generate.setTimeMaxMillis(timeMaxMillis);
        }
        return generate.build();
    }

    /** Puts all of this into a request for embeddings. */
    EmbedRequest of(EmbedRequest.Builder embed) {
        embed.setTenant(tenant);
        if (queueTimeMaxMillis != null) {
            embed.setQueueTimeMaxMillis(queueTimeMaxMillis);
        }
        if (timeMaxMillis != null) {
            embed.setTimeMaxMillis(timeMaxMillis);
        }
        return embed.build();
    }

    /** Puts all of this into a request for scores. */
    ScoreRequest of(ScoreRequest.Builder score) {
        score.setTenant(tenant);
        if (queueTimeMaxMillis != null) {
            score.setQueueTimeMaxMillis(queueTimeMaxMillis);
        }
        if (timeMaxMillis != null) {
            score.setTimeMaxMillis(timeMaxMillis);
        }
        return score.build();
    }

    private static @Nullable Integer millis(HttpServerRequest request, String header) {
        var value = request.getHeader(header);
        if (value == null) {
            return null;
        }
        if (!MILLIS.matcher(value).matches() || Integer.parseInt(value) > MILLIS_MAX) {
            throw new ApiException(
                    ErrorCode.INVALID_VALUE,
                    "the header %s must be milliseconds from 0 to %d".formatted(header, MILLIS_MAX),
                    header);
        }
        return Integer.valueOf(value);
    }
}
