package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.inference.TemporaryHome;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.InferenceGrpc.InferenceBlockingStub;
import io.weighbridge.v1.LoadModelRequest;
import io.weighbridge.v1.SamplingParams;
import io.weighbridge.v1.StructuredOutput;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several completions of one request. The model counts on from the last token, but its first token is left to chance. */
@QuarkusTest
@WithTestResource(TemporaryHome.class) // of all such tests the same: one service serves them
class ChoicesTest {
    private static final String MODEL = "test/scripted";

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private InferenceBlockingStub inference;

    @BeforeEach
    void connect() {
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        inference = InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
        inference.loadModel(LoadModelRequest.newBuilder().setModel(MODEL).build());
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void each_completion_has_an_index_and_is_the_same_whatever_their_number() {
        var alone = generate(request());
        var three = generate(request().setN(3));
        var sixteen = generate(request().setN(Requests.CHOICES_MAX));
        assertThat(three.stream().filter(GenerateEvent::hasStarted)).hasSize(1);
        assertThat(three.stream().filter(GenerateEvent::hasFinished))
                .extracting(GenerateEvent::getIndex)
                .containsExactlyInAnyOrder(0, 1, 2);
        assertThat(text(three, 0)).isEqualTo(text(alone, 0));
        for (int index = 0; index < 3; index++) {
            assertThat(text(sixteen, index)).isEqualTo(text(three, index));
        }
        assertThat(IntStream.range(0, 16)
                        .mapToObj(index -> text(sixteen, index))
                        .distinct())
                .hasSizeGreaterThan(8);
        assertThat(three.stream().filter(GenerateEvent::hasText).limit(3))
                .as("interleaved")
                .extracting(GenerateEvent::getIndex)
                .containsExactly(0, 1, 2);
    }

    @Test
    void each_completion_has_its_own_stop_and_its_own_log_probabilities() {
        var all = generate(request().setN(8));
        var stop = text(all, 3).split(" ")[2] + " ";
        var events = generate(request().setN(8).addStop(stop).setTopLogprobs(2));
        assertThat(text(events, 3))
                .isEqualTo(text(all, 3).substring(0, text(all, 3).indexOf(stop)));
        assertThat(finished(events, 3).getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
        assertThat(IntStream.range(0, 8).map(index -> finished(events, index).getCompletionTokens()))
                .contains(6);
        for (var event : events) {
            assertThat(event.getText().getLogprobsCount())
                    .isEqualTo(event.getText().getTokenIdsCount());
        }
    }

    @Test
    void each_completion_keeps_the_structure_that_was_asked_for() {
        var digits = StructuredOutput.newBuilder().setRegex("([1-4]0 ){3}");
        var events = generate(request().setN(6).setStructuredOutput(digits));
        for (int index = 0; index < 6; index++) {
            assertThat(text(events, index)).matches("([1-4]0 ){3}");
            assertThat(finished(events, index).getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
        }
    }

    @Test
    void the_most_probable_of_several_are_given_out_and_all_of_them_count() {
        var all = generate(request().setN(8).setTopLogprobs(0));
        var ranked = IntStream.range(0, 8)
                .boxed()
                .sorted(Comparator.comparingDouble(index -> -logprob(all, index)))
                .toList();
        var best = generate(request().setN(2).setBestOf(8));
        assertThat(text(best, 0)).isEqualTo(text(all, ranked.get(0)));
        assertThat(text(best, 1)).isEqualTo(text(all, ranked.get(1)));
        assertThat(best).allMatch(event -> event.getIndex() < 2);
        assertThat(best).allMatch(event -> event.getText().getLogprobsCount() == 0);
        int counted = finished(best, 0).getCompletionTokens()
                + finished(best, 0).getDiscardedTokens()
                + finished(best, 1).getCompletionTokens();
        assertThat(counted)
                .isEqualTo(IntStream.range(0, 8)
                        .map(index -> finished(all, index).getCompletionTokens())
                        .sum());
        assertThat(finished(best, 1).getDiscardedTokens()).isZero();
        assertThat(generate(request().setN(1).setBestOf(8).setTopLogprobs(1)).stream()
                        .mapToInt(event -> event.getText().getLogprobsCount())
                        .sum())
                .isEqualTo(6);
    }

    @Test
    void beams_find_the_most_probable_completions_whole() {
        var events = generate(request().setBeamWidth(4).setN(3).setTopLogprobs(0));
        assertThat(events.stream().filter(GenerateEvent::hasStarted)).hasSize(1);
        for (int index = 0; index < 3; index++) {
            assertThat(text(events, index).split(" ")).hasSize(6);
            if (index > 0) {
                assertThat(logprob(events, index)).isLessThanOrEqualTo(logprob(events, index - 1));
            }
        }
        var sampled = generate(request().setN(16).setTopLogprobs(0));
        for (int index = 0; index < 16; index++) {
            assertThat(logprob(sampled, index)).isLessThanOrEqualTo(logprob(events, 0));
        }
        assertThat(generate(request().setBeamWidth(4).setN(3).setTopLogprobs(0)))
                .isEqualTo(events);
    }

    @Test
    void more_than_a_slow_reader_may_leave_unread_can_be_found_by_beams() {
        var events = generate(request()
                .setIgnoreEos(true)
                .setMaxTokens(GenerateStream.EVENTS_PENDING_MAX + 100)
                .setBeamWidth(2)
                .setN(1));
        assertThat(finished(events, 0).getCompletionTokens()).isEqualTo(GenerateStream.EVENTS_PENDING_MAX + 100);
    }

    @Test
    void a_client_that_leaves_ends_all_of_them() throws InterruptedException {
        var events = inference.generate(
                request().setN(8).clearMaxTokens().setIgnoreEos(true).build());
        events.next();
        channel.shutdownNow();
        assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        connect();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (status() > 0) {
            assertThat(System.nanoTime()).as("all end in time").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private int status() {
        return inference.getStatus(io.weighbridge.v1.GetStatusRequest.getDefaultInstance()).getModelsList().stream()
                .filter(model -> model.getModel().equals(MODEL))
                .mapToInt(model -> model.getSequencesRunning() + model.getSequencesWaiting())
                .sum();
    }

    /** Of six tokens; the first is any but what the model would take. */
    private static GenerateRequest.Builder request() {
        return GenerateRequest.newBuilder()
                .setModel(MODEL)
                .setText("5")
                .setMaxTokens(6)
                .setSampling(SamplingParams.newBuilder().setSeed(7).putLogitBias(6, -40));
    }

    private List<GenerateEvent> generate(GenerateRequest.Builder request) {
        var events = new ArrayList<GenerateEvent>();
        inference.generate(request.build()).forEachRemaining(events::add);
        return events;
    }

    private static String text(List<GenerateEvent> events, int index) {
        var text = new StringBuilder();
        events.stream()
                .filter(event -> event.getIndex() == index)
                .forEach(event -> text.append(event.getText().getText()));
        return text.toString();
    }

    private static double logprob(List<GenerateEvent> events, int index) {
        return events.stream()
                .filter(event -> event.getIndex() == index)
                .flatMap(event -> event.getText().getLogprobsList().stream())
                .mapToDouble(token -> token.getChosen().getLogprob())
                .sum();
    }

    private static Finished finished(List<GenerateEvent> events, int index) {
        return events.stream()
                .filter(event -> event.getIndex() == index && event.hasFinished())
                .map(GenerateEvent::getFinished)
                .reduce((one, other) -> {
                    throw new AssertionError("finished twice");
                })
                .orElseThrow();
    }
}
