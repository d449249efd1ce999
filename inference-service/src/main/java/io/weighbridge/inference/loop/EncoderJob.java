package io.weighbridge.inference.loop;

import io.weighbridge.engine.encoder.EncoderInput;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.inference.flight.Flight;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One request to an encoder. Made by any thread; from then on only the encoder's thread looks into it, but for {@link #result}, which
 * whoever waits may cancel.
 */
public final class EncoderJob {
    /** What is made of the inputs. */
    public enum Kind {
        EMBED,
        CLASSIFY
    }

    private final Kind kind;
    private final Flight flight;
    private final List<EncoderInput> inputs;
    private final Standing standing;
    private final CompletableFuture<List<float[]>> result = new CompletableFuture<>();
    private final long bornNanos = System.nanoTime();
    /** Places of the inputs, the longest first, so that those of one length are computed together. */
    private final List<Integer> order;

    private final float[][] vectors;
    private volatile boolean taken;
    private int begun;
    private int tokensLeft;

    public EncoderJob(Kind kind, List<EncoderInput> inputs, Standing standing, Flight flight) {
        this.kind = kind;
        this.flight = flight;
        this.inputs = List.copyOf(inputs);
        this.standing = standing;
        this.vectors = new float[inputs.size()][];
        this.tokensLeft = inputs.stream().mapToInt(EncoderInput::length).sum();
        this.order = IntStream.range(0, inputs.size())
                .boxed()
                .sorted(Comparator.comparingInt(
                                (Integer index) -> inputs.get(index).length())
                        .reversed())
                .toList();
    }

    /** One vector for each input, or why there is none. Cancelling it ends the work. */
    public CompletableFuture<List<float[]>> result() {
        return result;
    }

    /** Whether the encoder took it. Any thread. */
    public boolean isTaken() {
        return taken;
    }

    void taken() {
        taken = true;
    }

    Kind kind() {
        return kind;
    }

    Flight flight() {
        return flight;
    }

    Standing standing() {
        return standing;
    }

    /** Whether anything was computed. */
    boolean isBegun() {
        return begun > 0;
    }

    /** Whether every input is taken. */
    boolean isWhole() {
        return begun == inputs.size();
    }

    /** Tokens of the inputs that were not taken yet. */
    int tokensLeft() {
        return tokensLeft;
    }

    /** Length of the next input; {@link Integer#MAX_VALUE} when none is left. */
    int nextLength() {
        return isWhole() ? Integer.MAX_VALUE : inputs.get(order.get(begun)).length();
    }

    /** Takes the next input; gives its place. */
    int take() {
        int place = order.get(begun++);
        tokensLeft -= inputs.get(place).length();
        return place;
    }

    EncoderInput input(int place) {
        return inputs.get(place);
    }

    void put(int place, float[] vector) {
        vectors[place] = vector;
    }

    /** Everything is computed. */
    void complete() {
        result.complete(List.of(vectors));
    }

    boolean isPast(@Nullable Duration limit, long nowNanos) {
        return limit != null && nowNanos - bornNanos >= limit.toNanos();
    }

    long bornNanos() {
        return bornNanos;
    }
}
