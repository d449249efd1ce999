package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.weighbridge.inference.loop.Watchdog;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.SamplingParams;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that really dies, a supervisor, and gRPC clients that try again what says that it may be. */
class PoisonTest {
    private static final int TRIES_MAX = 8;
    private static final int INNOCENTS = 6;
    private static final int INNOCENT_TOKENS = 150;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path home;

    private final List<Integer> exits = new CopyOnWriteArrayList<>();
    private int port;
    private ManagedChannel channel;
    private volatile Process process;
    private volatile boolean over;
    private Thread supervisor;

    /** How a request ended, and after how many tries. */
    private record Outcome(int tries, Status.Code code, String error, int tokens) {}

    @BeforeEach
    void start() throws Exception {
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        process = child();
        supervisor = Thread.ofPlatform().daemon().start(this::supervise);
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    @AfterEach
    void stop() throws Exception {
        over = true;
        channel.shutdownNow();
        process.destroyForcibly();
        supervisor.join();
    }

    @Test
    void it_is_refused_after_its_second_kill_and_those_beside_it_finish() throws Exception {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var innocents = new ArrayList<Future<Outcome>>();
            for (int i = 0; i < INNOCENTS; i++) {
                var text = "1 " + i;
                innocents.add(clients.submit(() -> untilDone(innocent(text))));
            }
            var poison = clients.submit(() -> untilDone(request("5 " + MortalReplica.DEADLY)));

            var end = poison.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(end.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(end.error()).isEqualTo("REQUEST_POISONED");
            assertThat(end.tries()).isEqualTo(3);
            for (var innocent : innocents) {
                var outcome = innocent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(outcome.code()).isEqualTo(Status.Code.OK);
                assertThat(outcome.tokens()).isEqualTo(INNOCENT_TOKENS);
                assertThat(outcome.tries()).isBetween(1, 3);
            }
        }
        assertThat(exits).containsExactly(MortalReplica.EXIT_DEAD, MortalReplica.EXIT_DEAD);
        var again = untilDone(
                request("5 " + MortalReplica.DEADLY).setTenant("another").setRequestId("another"));
        assertThat(again).isEqualTo(new Outcome(1, Status.Code.FAILED_PRECONDITION, "REQUEST_POISONED", 0));
    }

    @Test
    void one_that_a_gateway_suspects_is_refused_after_its_first_kill_here() throws Exception {
        var outcome = untilDone(request("5 " + MortalReplica.DEADLY).setSuspect(true));
        assertThat(outcome.error()).isEqualTo("REQUEST_POISONED");
        assertThat(outcome.tries()).isEqualTo(2);
        assertThat(exits).containsExactly(MortalReplica.EXIT_DEAD);
    }

    @Test
    void a_step_that_never_comes_back_ends_the_process_and_is_treated_alike() throws Exception {
        var outcome = untilDone(request("5 " + MortalReplica.ENDLESS));
        assertThat(outcome.error()).isEqualTo("REQUEST_POISONED");
        assertThat(outcome.tries()).isEqualTo(3);
        assertThat(exits).containsExactly(Watchdog.EXIT_STALLED, Watchdog.EXIT_STALLED);
    }

    @Test
    void a_process_killed_from_outside_convicts_nobody_who_gets_through_then() throws Exception {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Outcome> work = () -> untilDone(innocent("1 2"));
            var stream = clients.submit(work);
            awaitStarted();
            process.destroyForcibly();
            var outcome = stream.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(outcome.code()).isEqualTo(Status.Code.OK);
            assertThat(untilDone(innocent("1 2"))).isEqualTo(new Outcome(1, Status.Code.OK, "", INNOCENT_TOKENS));
        }
    }

    /** Waits until the replica has work. */
    private void awaitStarted() {
        var status = InferenceGrpc.newBlockingStub(channel).withWaitForReady();
        while (status.getStatus(io.weighbridge.v1.GetStatusRequest.getDefaultInstance()).getModelsList().stream()
                .noneMatch(model -> model.getSequencesRunning() > 0)) {
            Thread.onSpinWait();
        }
    }

    /** Sends it again as long as the answer is that this may help. */
    private Outcome untilDone(GenerateRequest.Builder request) {
        for (int tries = 1; ; tries++) {
            int tokens = 0;
            try {
                var events = InferenceGrpc.newBlockingStub(channel)
                        .withWaitForReady()
                        .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .generate(request.build());
                GenerateEvent last = GenerateEvent.getDefaultInstance();
                while (events.hasNext()) {
                    last = events.next();
                    tokens += last.getText().getTokenIdsCount();
                }
                assertThat(last.hasFinished()).isTrue();
                return new Outcome(tries, Status.Code.OK, "", tokens);
            } catch (StatusRuntimeException e) {
                var trailers = e.getTrailers();
                var error = Objects.requireNonNullElse(trailers == null ? null : trailers.get(GrpcErrors.CODE), "");
                boolean mayHelp = e.getStatus().getCode() == Status.Code.UNAVAILABLE || error.equals("MODEL_NOT_FOUND");
                if (!mayHelp || tries == TRIES_MAX) {
                    return new Outcome(tries, e.getStatus().getCode(), error, 0);
                }
                if (!error.isEmpty()) {
                    tries--; // it was refused before it was tried
                }
            }
        }
    }

    private static GenerateRequest.Builder innocent(String text) {
        return request(text).setMaxTokens(INNOCENT_TOKENS);
    }

    private static GenerateRequest.Builder request(String text) {
        return GenerateRequest.newBuilder()
                .setModel(MortalReplica.MODEL)
                .setText(text)
                .setMaxTokens(5)
                .setSampling(SamplingParams.newBuilder().setTemperature(0));
    }

    private void supervise() {
        try {
            while (true) {
                int exit = process.waitFor();
                if (over) {
                    return;
                }
                exits.add(exit);
                process = child();
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A replica that has its model. */
    private Process child() throws IOException {
        var child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MortalReplica.class.getName(),
                        String.valueOf(port),
                        home.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = child.inputReader();
        for (var line = output.readLine(); line != null && !line.equals("ready"); ) {
            line = output.readLine();
        }
        return child;
    }
}
