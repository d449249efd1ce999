package io.weighbridge.inference.loop;

import io.weighbridge.engine.scheduler.Admission;
import io.weighbridge.engine.scheduler.FinishReason;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import java.time.Duration;

/** What the engine's refusals mean to a caller. */
public final class Refusals {
    /** Nobody is asked to come back sooner: measurements are no better than this. */
    static final Duration RETRY_AFTER_MIN = Duration.ofSeconds(1);

    private Refusals() {}

    /** Why a sequence was not taken. */
    static InferenceException of(Admission admission) {
        return switch (admission) {
            case Admission.Accepted() -> throw new IllegalArgumentException("the sequence was taken");
            case Admission.QueueFull(int most, var retryAfter) ->
                InferenceException.busy(
                        ErrorCode.QUEUE_FULL,
                        "%d requests wait for this model already; try again later".formatted(most),
                        atLeast(retryAfter));
            case Admission.TooLate(var limit, var expected, var allowed) -> tooLate(limit, expected, allowed);
            case Admission.TooManyBeams(int width, int most) ->
                InferenceException.badParam(
                        "beam_width",
                        "%d beams are more than fit here with this prompt; ask for at most %d".formatted(width, most));
            case Admission.Draining() ->
                new InferenceException(
                        ErrorCode.MODEL_UNLOADED, "the model takes no more requests here; ask another replica");
            case Admission.ContextLengthExceeded(int tokens, int context) ->
                InferenceException.badParam(
                        ErrorCode.CONTEXT_LENGTH_EXCEEDED,
                        "prompt",
                        "the prompt has %d tokens; together with at least one new token it must fit the context of %d; shorten it"
                                .formatted(tokens, context));
        };
    }

    /** Why a sequence that was taken was not done; not for one that was cancelled. */
    public static InferenceException of(FinishReason reason) {
        return switch (reason) {
            case QUEUE_TIME_EXCEEDED ->
                InferenceException.busy(
                        ErrorCode.QUEUE_TIME_EXCEEDED,
                        "the request waited longer than its queue time; try again later or allow more",
                        RETRY_AFTER_MIN);
            case DEADLINE_EXCEEDED ->
                InferenceException.busy(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "the completion was not done before its deadline; allow more time or ask for fewer tokens",
                        RETRY_AFTER_MIN);
            case FAILED ->
                new InferenceException(
                        ErrorCode.GENERATION_FAILED,
                        "the model gave no usable probabilities for this request; change the prompt, and report it");
            case MASK_LIMIT ->
                InferenceException.badParam(
                        "structured_output",
                        "the structure can be read in too many ways at once to find the next tokens in time; write it so that"
                                + " each text can be read in few ways");
            case CANCELLED -> new InferenceException(ErrorCode.INTERNAL, "the completion was cut off");
            case STOP, LENGTH -> throw new IllegalArgumentException("the completion is whole");
        };
    }

    private static InferenceException tooLate(Admission.TooLate.Limit limit, Duration expected, Duration allowed) {
        var retryAfter = atLeast(expected.minus(allowed));
        return switch (limit) {
            case QUEUE_TIME ->
                InferenceException.busy(
                        ErrorCode.QUEUE_TIME_EXCEEDED,
                        "the request would wait about %d ms and may wait %d; try again later or allow more"
                                .formatted(expected.toMillis(), allowed.toMillis()),
                        retryAfter);
            case DEADLINE ->
                InferenceException.busy(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "the completion would take about %d ms and has %d; try again later, allow more time or ask for fewer tokens"
                                .formatted(expected.toMillis(), allowed.toMillis()),
                        retryAfter);
        };
    }

    private static Duration atLeast(Duration retryAfter) {
        return retryAfter.compareTo(RETRY_AFTER_MIN) < 0 ? RETRY_AFTER_MIN : retryAfter;
    }
}
