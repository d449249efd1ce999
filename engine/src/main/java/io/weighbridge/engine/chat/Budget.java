package io.weighbridge.engine.chat;

import java.util.function.LongSupplier;

/** What one rendering may still spend. A template is untrusted: it can loop, double a string, or call itself. */
final class Budget {
    /** Calls of {@link #steps} from one look at the clock to the next. */
    static final int CALLS_BETWEEN_LOOKS = 256;

    private long stepsLeft = ChatTemplate.STEPS_MAX;
    private long charactersLeft = ChatTemplate.TEXT_CHARACTERS_MAX;
    private int depth;
    private int calls;
    private final LongSupplier nanoTime;
    private final long started;

    Budget() {
        this(System::nanoTime);
    }

    /** @param nanoTime a clock in nanoseconds */
    Budget(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
    }

    /** Takes {@code count} steps: evaluations, or items of a list made or walked. */
    void steps(long count) {
        stepsLeft -= count;
        if (++calls % CALLS_BETWEEN_LOOKS == 0
                && nanoTime.getAsLong() - started > ChatTemplate.RENDERING_TIME_MAX.toNanos()) {
            throw TemplateException.limit(
                    "rendering takes more than %d seconds".formatted(ChatTemplate.RENDERING_TIME_MAX.toSeconds()));
        }
        if (stepsLeft < 0) {
            throw TemplateException.limit("rendering takes more than %d steps".formatted(ChatTemplate.STEPS_MAX));
        }
    }

    /** Asks for a new string of that length before it is made. */
    void characters(long count) {
        if (count > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
            throw TemplateException.limit(
                    "a text would have more than %d characters".formatted(ChatTemplate.OUTPUT_CHARACTERS_MAX));
        }
        charactersLeft -= count;
        if (charactersLeft < 0) {
            throw TemplateException.limit(
                    "rendering makes more than %d characters of text".formatted(ChatTemplate.TEXT_CHARACTERS_MAX));
        }
    }

    /** Accounts for a string that is made already, from others of about its size. */
    String text(String text) {
        characters(text.length());
        return text;
    }

    void enter() {
        steps(1);
        if (++depth > ChatTemplate.EVALUATION_DEPTH_MAX) {
            throw TemplateException.limit(
                    "evaluation is nested more than %d deep".formatted(ChatTemplate.EVALUATION_DEPTH_MAX));
        }
    }

    void leave() {
        depth--;
    }
}
