package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.weighbridge.inference.ScriptedModelLoader;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.GetStatusRequest;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.ModelStatus;
import io.weighbridge.v1.SamplingParams;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Too much, too slow, too late and gone away, over real gRPC: each request has one end, and memory its bounds. */
class ReplicaFaultTest {
    private static final String COUNTING = "test/scripted";
    private static final String ENDLESS = "test/endless";
    private static final int TEN_THOUSAND = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** What ten thousand requests may leave behind: classes, compiled code's data, buffers of the connection. */
    private static final long HEAP_LEFT_MAX = 32L << 20;
    /** What ten thousand waiting requests may take at once, some 10 KiB each. */
    private static final long HEAP_WAITING_MAX = 256L << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path home;

    private @Nullable Replica replica;
    private final List<ManagedChannel> channels = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        channels.forEach(ManagedChannel::shutdownNow);
        if (replica != null) {
            replica.close();
        }
    }

    @Test
    void above_the_queue_requests_are_refused_at_once_and_the_running_one_goes_on() throws Exception {
        var running = start(Map.of("sequences-running-max", "1", "sequences-waiting-max", "4"), ENDLESS);
        var channel = channel();
        var first = new Client(channel, request(ENDLESS, 40_000));
        first.readOn();
        Client.await(() -> first.events.get() > 10);
        var waiting = new ArrayList<Client>();
        for (int i = 0; i < 4; i++) {
            waiting.add(new Client(channel, request(ENDLESS, 5)));
        }
        Client.await(() -> status(channel, ENDLESS).getSequencesWaiting() == 4);
        for (int i = 0; i < 20; i++) {
            long begun = System.nanoTime();
            var refused = new Client(channel, request(ENDLESS, 5));
            assertThat(refused.ended()).isEqualTo("RESOURCE_EXHAUSTED QUEUE_FULL");
            assertThat(refused.retryAfter).matches("[0-9]+");
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
        }
        var late = new Client(channel, request(ENDLESS, 5).setQueueTimeMaxMillis(1));
        assertThat(late.ended()).isIn("RESOURCE_EXHAUSTED QUEUE_TIME_EXCEEDED", "RESOURCE_EXHAUSTED QUEUE_FULL");
        int before = first.events.get();
        Client.await(() -> first.events.get() > before + 10 || first.end.isDone());
        assertThat(first.end.isDone() ? first.ended() : "OK").isEqualTo("OK");
        first.cancel();
        for (var client : waiting) {
            client.readOn();
            assertThat(client.ended()).isEqualTo("OK");
        }
        assertThat(running.ended("refused")).isEqualTo(21);
    }

    @Test
    void a_client_that_does_not_read_holds_nobody_up() throws Exception {
        var running = start(Map.of(), ENDLESS);
        var slow = new Client(channel(), request(ENDLESS, 40_000));
        var quick = new Client(channel(), request(ENDLESS, 40_000));
        quick.readOn();
        Client.await(() -> running.ended("error") == 1);
        int before = quick.events.get();
        // It may have all its tokens by now: then it was not held up either.
        Client.await(() -> quick.events.get() > before + 100 || quick.end.isDone());
        assertThat(quick.end.isDone() ? quick.ended() : "OK").isEqualTo("OK");
        slow.readOn();
        assertThat(slow.ended()).isEqualTo("RESOURCE_EXHAUSTED SLOW_READER");
        // What the connection held for it and what waited here; the rest was never kept.
        assertThat(slow.events.get()).isLessThan(20 * GenerateStream.EVENTS_PENDING_MAX);
        quick.cancel();
    }

    @Test
    void ten_thousand_queued_requests_each_have_one_end_and_leave_nothing() throws Exception {
        var running =
                start(Map.of("sequences-waiting-max", String.valueOf(2 * TEN_THOUSAND), "kv-memory", "64M"), COUNTING);
        crowd(running, 100); // for the classes and the connection's buffers
        double countedBefore = counted(running);
        long before = heapAfterCollection();
        var ends = crowd(running, TEN_THOUSAND);
        assertThat(ends.keySet()).isSubsetOf("OK", "CANCELLED");
        assertThat(ends.getOrDefault("OK", 0)).isGreaterThan(TEN_THOUSAND / 2);
        assertCounted(running, ends, counted(running) - countedBefore);
        assertThat(heapAfterCollection() - before).isLessThan(HEAP_LEFT_MAX);
    }

    @Test
    void ten_thousand_requests_above_the_limit_are_refused_and_the_queue_stays_bounded() throws Exception {
        var running = start(Map.of("sequences-waiting-max", "200"), COUNTING);
        var ends = crowd(running, TEN_THOUSAND);
        assertThat(ends.keySet()).isSubsetOf("OK", "CANCELLED", "RESOURCE_EXHAUSTED QUEUE_FULL");
        assertThat(ends).containsKeys("OK");
        assertThat(running.ended("error")).isZero();
        assertCounted(running, ends, counted(running));
    }

    private static double counted(Replica running) {
        return running.ended("length") + running.ended("stop") + running.ended("abort") + running.ended("refused");
    }

    @Test
    void clients_that_leave_in_any_phase_leave_nothing_behind() throws Exception {
        var running = start(Map.of("sequences-running-max", "4", "sequences-waiting-max", "1000"), ENDLESS);
        var channel = channel();
        var random = new Random(7);
        var clients = new ArrayList<Client>();
        for (int i = 0; i < 300; i++) {
            // Some leave at once, some while they wait, some within the prompt, some within the completion.
            var client = new Client(channel, request(ENDLESS, 3000, 1 + random.nextInt(400)));
            clients.add(client);
            if (random.nextInt(4) == 0) {
                client.cancel();
            } else {
                client.readOn();
            }
            if (random.nextInt(3) == 0) {
                clients.get(random.nextInt(clients.size())).cancel();
            }
        }
        clients.forEach(Client::cancel);
        for (var client : clients) {
            assertThat(client.ended()).isIn("CANCELLED", "OK");
        }
        assertIdle(running, channel, ENDLESS);
    }

    @Test
    void a_drain_lets_streams_finish_and_sends_others_away() throws Exception {
        var running = start(Map.of("drain-max", "60s"), ENDLESS);
        var channel = channel();
        // Unread, it fills the connection and ends only when it is read.
        var stream = new Client(channel, request(ENDLESS, 3000));
        Client.await(() -> status(channel, ENDLESS).getSequencesRunning() == 1);
        var drained = new CountDownLatch(1);
        var drain = Thread.ofPlatform().start(() -> {
            try {
                running.drain();
                drained.countDown();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Client.await(() -> status(channel, ENDLESS).getLoad().getDraining());
        assertThat(running.models.allReady()).isFalse();
        Client.await(running.streams::isDraining);
        assertThat(new Client(channel, request(ENDLESS, 1)).ended()).isEqualTo("UNAVAILABLE SHUTTING_DOWN");
        assertThat(drained.getCount()).isEqualTo(1);
        stream.readOn();
        assertThat(stream.ended()).isEqualTo("OK");
        assertThat(drained.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        drain.join();
    }

    @Test
    void a_drain_that_lasts_too_long_ends() throws Exception {
        var running = start(Map.of("drain-max", "100ms"), ENDLESS);
        var channel = channel();
        var stream = new Client(channel, request(ENDLESS, 40_000));
        Client.await(() -> status(channel, ENDLESS).getSequencesRunning() == 1);
        running.drain();
        running.models.stop(new io.quarkus.runtime.ShutdownEvent());
        stream.readOn();
        assertThat(stream.ended()).isIn("UNAVAILABLE MODEL_UNLOADED", "RESOURCE_EXHAUSTED SLOW_READER");
    }

    @Test
    void a_model_that_is_unloaded_finishes_its_streams_and_takes_no_more() throws Exception {
        var running = start(Map.of("unload-drain-max", "60s"), ENDLESS);
        var channel = channel();
        var stream = new Client(channel, request(ENDLESS, 2000));
        stream.readOn();
        Client.await(() -> stream.events.get() > 0);
        running.models.unload(ENDLESS);
        assertThat(stream.ended()).isEqualTo("OK");
        assertThat(new Client(channel, request(ENDLESS, 1)).ended()).isEqualTo("NOT_FOUND MODEL_NOT_FOUND");
    }

    /** So many requests at once, a tenth of which are cancelled at some time; how often each end came. */
    private Map<String, Integer> crowd(Replica running, int count) throws Exception {
        var connections = List.of(channel(), channel(), channel(), channel());
        long before = heapAfterCollection();
        var random = new Random(count);
        var clients = new ArrayList<Client>();
        for (int i = 0; i < count; i++) {
            var request = request(COUNTING, 2, 1 + i % 40).setTenant("tenant" + i % 5);
            var client = new Client(connections.get(i % 4), request);
            client.readOn();
            clients.add(client);
            if (random.nextInt(10) == 0) {
                clients.get(random.nextInt(clients.size())).cancel();
            }
        }
        assertThat(heapAfterCollection() - before).isLessThan(HEAP_WAITING_MAX);
        var ends = new HashMap<String, Integer>();
        for (var client : clients) {
            ends.merge(client.ended(), 1, Integer::sum);
        }
        assertIdle(running, connections.getFirst(), COUNTING);
        return ends;
    }

    /** The replica has counted each request once, but for those that were cancelled before it heard of them. */
    private static void assertCounted(Replica running, Map<String, Integer> ends, double counted) {
        int cancelled = ends.getOrDefault("CANCELLED", 0);
        assertThat(counted).isBetween((double) (TEN_THOUSAND - cancelled), (double) TEN_THOUSAND);
        assertThat(running.ended("length") + running.ended("stop")).isGreaterThanOrEqualTo(ends.getOrDefault("OK", 0));
    }

    private static void assertIdle(Replica running, ManagedChannel channel, String model) {
        Client.await(() -> running.streams.running() == 0);
        Client.await(() -> {
            var load = status(channel, model);
            return load.getSequencesRunning() == 0
                    && load.getSequencesWaiting() == 0
                    && load.getLoad().getKvBlocksFree() == load.getLoad().getKvBlocksTotal();
        });
    }

    private Replica start(Map<String, String> settings, String model) throws Exception {
        var started = new Replica(0, new ScriptedModelLoader(), home.toString(), settings);
        replica = started;
        started.models.loadAndWait(model);
        return started;
    }

    private ManagedChannel channel() {
        var port = Objects.requireNonNull(replica).port();
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .flowControlWindow(65_535)
                .build();
        channels.add(channel);
        return channel;
    }

    private static ModelStatus status(ManagedChannel channel, String model) {
        return InferenceGrpc.newBlockingStub(channel)
                .getStatus(GetStatusRequest.getDefaultInstance())
                .getModelsList()
                .stream()
                .filter(status -> status.getModel().equals(model))
                .findFirst()
                .orElseThrow();
    }

    private static GenerateRequest.Builder request(String model, int maxTokens) {
        return request(model, maxTokens, 1);
    }

    private static GenerateRequest.Builder request(String model, int maxTokens, int promptTokens) {
        var request = GenerateRequest.newBuilder()
                .setModel(model)
                .setMaxTokens(maxTokens)
                .setSampling(SamplingParams.newBuilder().setTemperature(0));
        for (int i = 0; i < promptTokens; i++) {
            request.getTokenIdsBuilder().addIds(5 + i % 40);
        }
        return request;
    }

    private static long heapAfterCollection() {
        ManagementFactory.getMemoryMXBean().gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** One call that reads only when told to, and counts. */
    private static final class Client extends ClientCall.Listener<GenerateEvent> {
        final AtomicInteger events = new AtomicInteger();
        final CompletableFuture<String> end = new CompletableFuture<>();
        volatile String retryAfter = "";
        private final ClientCall<GenerateRequest, GenerateEvent> call;
        private final AtomicInteger ends = new AtomicInteger();
        private volatile boolean reading;

        Client(ManagedChannel channel, GenerateRequest.Builder request) {
            call = channel.newCall(InferenceGrpc.getGenerateMethod(), CallOptions.DEFAULT);
            call.start(this, new Metadata());
            call.sendMessage(request.build());
            call.halfClose();
        }

        void readOn() {
            reading = true;
            call.request(1);
        }

        void cancel() {
            call.cancel("the test is done with it", null);
        }

        /** Status and code. */
        String ended() throws Exception {
            var how = end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(ends.get()).isEqualTo(1);
            return how;
        }

        @Override
        public void onMessage(GenerateEvent event) {
            events.incrementAndGet();
            if (reading) {
                call.request(1);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            ends.incrementAndGet();
            var code = trailers.get(GrpcErrors.CODE);
            var after = trailers.get(GrpcErrors.RETRY_AFTER);
            retryAfter = after == null ? "" : after;
            end.complete(status.getCode() + (code == null ? "" : " " + code));
        }

        static void await(BooleanSupplier condition) {
            long limit = System.nanoTime() + PATIENCE.toNanos();
            while (!condition.getAsBoolean()) {
                assertThat(System.nanoTime()).as("waited for %s", PATIENCE).isLessThan(limit);
                Thread.onSpinWait();
            }
        }
    }
}
