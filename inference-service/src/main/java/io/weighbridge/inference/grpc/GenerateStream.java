package io.weighbridge.inference.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.inference.loop.EngineThread;
import io.weighbridge.inference.loop.GenerationListener;
import io.weighbridge.inference.metrics.RequestMeter;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.Started;
import io.weighbridge.v1.TokenLogprobs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * One Generate call: gives the events of its completions to gRPC as fast as the client reads. What the client has not read waits
 * here, up to {@link #EVENTS_PENDING_MAX} for each completion; a client further behind loses its stream, because the engine never
 * waits for anyone. Completions that are compared, here or by beams, are held back until the last of their prompt is whole. Called by the engine's
 * thread and by gRPC's, hence the locks; gRPC's observer is only called while the lock is held.
 */
final class GenerateStream {
    /** Events that wait for a slow client, beside what gRPC itself buffers; about a minute of a fast model's output. */
    static final int EVENTS_PENDING_MAX = 1024;

    private final ServerCallStreamObserver<GenerateEvent> observer;
    private final Requests.Wanted wanted;
    private final LoadedModel loaded;
    private final EngineThread thread;
    private final RequestMeter meter;
    private final Runnable onWhole;
    private final Runnable onClosed;
    private final Queue<GenerateEvent> pending = new ArrayDeque<>();
    private final List<Prompt> prompts = new ArrayList<>();
    private final Map<ChoiceStream, Place> places = new IdentityHashMap<>();
    private int unfinished;
    private boolean complete;
    private boolean closed;

    /** The completions of one prompt. */
    private record Prompt(int firstIndex, List<ChoiceStream> choices) {}

    /** Where a completion belongs, and its events where it is held back. */
    private record Place(Prompt prompt, int number, List<GenerateEvent.Builder> held) {}

    /**
     * @param readers makes the reader of one completion
     * @param onWhole called once, when all completions are whole
     * @param onClosed called once, when nothing more will be sent
     */
    GenerateStream(
            ServerCallStreamObserver<GenerateEvent> observer,
            Requests.Wanted wanted,
            Supplier<AnswerReader> readers,
            LoadedModel loaded,
            EngineThread thread,
            RequestMeter meter,
            Runnable onWhole,
            Runnable onClosed) {
        this.observer = observer;
        this.wanted = wanted;
        this.loaded = loaded;
        this.thread = thread;
        this.meter = meter;
        this.onWhole = onWhole;
        this.onClosed = onClosed;
        var messages = new LogprobMessages(loaded.tokenizer().vocabulary());
        for (var sequences : wanted.prompts()) {
            var prompt = new Prompt(prompts.size() * wanted.givenOut(), new ArrayList<>());
            prompts.add(prompt);
            for (var sequence : sequences) {
                var choice = new ChoiceStream(this, sequence, readers.get(), messages, wanted.tellsLogprobs());
                places.put(choice, new Place(prompt, places.size(), new ArrayList<>()));
                prompt.choices().add(choice);
            }
        }
        unfinished = places.size();
    }

    /** Hands the sequences to the engine. */
    void begin() {
        for (var prompt : prompts) {
            var others = new IdentityHashMap<io.weighbridge.engine.scheduler.Sequence, GenerationListener>();
            prompt.choices().stream().skip(1).forEach(choice -> others.put(choice.sequence(), choice));
            var first = prompt.choices().getFirst();
            thread.submit(first.sequence(), first, others);
        }
    }

    /** The client can take more. */
    synchronized void ready() {
        drain();
    }

    /** The client has hung up. */
    synchronized void cancelled() {
        cancelSequences();
        meter.ended("abort");
        close();
    }

    /** Whether nothing more will be taken. */
    boolean isOver() {
        return complete || closed;
    }

    void accepted(int promptTokens) {
        meter.accepted(promptTokens);
    }

    /** The first completion of a prompt tells of it. */
    void started(ChoiceStream choice, int promptTokens, List<TokenLogprobs> promptLogprobs) {
        give(
                GenerateEvent.newBuilder()
                        .setStarted(Started.newBuilder()
                                .setPromptTokens(promptTokens)
                                .setWeightsDigest(loaded.weightsDigest())
                                .addAllPromptLogprobs(promptLogprobs)),
                place(choice).prompt().firstIndex());
    }

    void token(ChoiceStream choice) {
        meter.token(place(choice).number());
    }

    void send(ChoiceStream choice, GenerateEvent.Builder event) {
        var place = place(choice);
        if (wanted.heldBack()) {
            place.held().add(event);
        } else {
            give(event, place.prompt().firstIndex() + place.prompt().choices().indexOf(choice));
        }
    }

    void finished(ChoiceStream choice, Finished.Builder finished) {
        send(choice, GenerateEvent.newBuilder().setFinished(finished));
        var prompt = place(choice).prompt();
        if (wanted.heldBack() && prompt.choices().stream().allMatch(ChoiceStream::isOver)) {
            giveBest(prompt);
        }
        if (--unfinished == 0) {
            meter.ended(finished.getReason() == FinishReason.FINISH_REASON_LENGTH ? "length" : "stop");
            complete = true;
            onWhole.run();
            drain();
        }
    }

    /** Nothing of the request can be given out. */
    synchronized void failed(InferenceException failure) {
        if (isOver()) {
            return;
        }
        cancelSequences();
        pending.clear();
        meter.failed();
        observer.onError(GrpcErrors.of(failure));
        close();
    }

    /** The most probable first, as many as are wanted; the first tells what the others have cost. */
    private void giveBest(Prompt prompt) {
        var ranked = new ArrayList<>(prompt.choices());
        if (wanted.compares()) {
            ranked.sort(Comparator.comparingDouble(ChoiceStream::logprobSum).reversed());
        }
        int discarded = ranked.stream()
                .skip(wanted.givenOut())
                .mapToInt(ChoiceStream::tokenCount)
                .sum();
        for (int rank = 0; rank < wanted.givenOut(); rank++) {
            for (var event : place(ranked.get(rank)).held()) {
                if (rank == 0 && event.hasFinished()) {
                    event.getFinishedBuilder().setDiscardedTokens(discarded);
                }
                pending.add(event.setIndex(prompt.firstIndex() + rank).build());
            }
        }
        prompt.choices().forEach(choice -> place(choice).held().clear());
        drain();
    }

    private Place place(ChoiceStream choice) {
        var place = places.get(choice);
        if (place == null) {
            throw new IllegalArgumentException("a completion of another request");
        }
        return place;
    }

    private void give(GenerateEvent.Builder event, int index) {
        if (closed) {
            return;
        }
        pending.add(event.setIndex(index).build());
        drain();
        // What was held back comes at once, bounded by the completions' length.
        if (!wanted.heldBack() && pending.size() > EVENTS_PENDING_MAX * places.size()) {
            failed(new InferenceException(
                    ErrorCode.SLOW_READER,
                    "%d events wait unread; read the stream faster or ask for fewer tokens".formatted(pending.size())));
        }
    }

    private void cancelSequences() {
        places.keySet().forEach(choice -> choice.sequence().cancel());
    }

    private void drain() {
        while (!closed && !pending.isEmpty() && observer.isReady()) {
            observer.onNext(pending.remove());
        }
        if (!closed && complete && pending.isEmpty()) {
            observer.onCompleted();
            close();
        }
    }

    private void close() {
        if (!closed) {
            closed = true;
            pending.clear();
            onClosed.run();
        }
    }
}
