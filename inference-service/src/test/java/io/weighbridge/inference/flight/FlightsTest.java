package io.weighbridge.inference.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.flight.FlightJournal.Guilt;
import io.weighbridge.inference.flight.FlightJournal.Known;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found out about a request that kills. A process that dies is the file that it would leave, copied in the middle. */
class FlightsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final float[][] NO_LOGITS = {};

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    private Instant now = START;
    private int deaths;

    @Test
    void what_was_computed_when_the_process_died_is_suspect_and_what_waited_is_not() throws IOException {
        var second = dyingWith(flights(folder), "a", "b");
        assertThat(second.board(digest("a"), false).apart()).isTrue();
        assertThat(second.board(digest("b"), false).apart()).isTrue();
        assertThat(second.board(digest("c"), false).apart()).isFalse();
    }

    @Test
    void only_a_death_while_computed_apart_convicts() throws IOException {
        var flights = dyingWith(flights(folder), "a");
        flights = dyingWith(flights, "a", "b");
        assertThat(flights.board(digest("a"), false).apart()).isTrue();
        flights = dyingWith(flights, "a");
        assertConvicted(flights, "a");
        assertThat(flights.board(digest("b"), false).apart()).isTrue();
    }

    @Test
    void a_suspect_of_the_gateway_is_convicted_by_its_first_death_here() throws IOException {
        var flights = flights(folder);
        assertThat(flights.board(digest("a"), true).apart()).isTrue();
        assertConvicted(dying(flights, true, "a"), "a");
    }

    @Test
    void a_suspect_that_gets_through_is_cleared() throws IOException {
        var flights = dyingWith(flights(folder), "a", "b");
        flights.landed(flights.board(digest("a"), false));
        assertThat(flights.board(digest("a"), false).apart()).isFalse();
        var next = dying(flights, false, "c");
        assertThat(next.board(digest("a"), false).apart()).isFalse();
        assertThat(next.board(digest("b"), false).apart()).isTrue();
    }

    @Test
    void guilt_lapses() throws IOException {
        var flights = dying(flights(folder), true, "a");
        now = START.plus(Flights.KNOWN_TIME);
        assertConvicted(flights, "a");
        now = now.plusMillis(1);
        assertThat(flights.board(digest("a"), false).apart()).isFalse();
    }

    @Test
    void a_prompt_that_kills_while_it_is_encoded_is_suspect_too() throws IOException {
        var flights = flights(folder);
        var flight = flights.board(digest("a"), false);
        var next = flights.prepare(flight, () -> uncheckedCopy());
        assertThat(next.board(digest("a"), false).apart()).isTrue();
    }

    @Test
    void a_step_that_fails_leaves_its_note_and_a_prompt_that_is_refused_does_not() throws IOException {
        var flights = flights(folder);
        assertThatThrownBy(() -> flights.prepare(flights.board(digest("a"), false), () -> {
                    throw new IllegalStateException("a bad prompt");
                }))
                .hasMessage("a bad prompt");
        assertThatThrownBy(() -> flights.through(sequences(false, "b"), () -> {
                    throw new IllegalStateException("out of paper");
                }))
                .hasMessage("out of paper");
        var next = flights(copy());
        assertThat(next.board(digest("a"), false).apart()).isFalse();
        assertThat(next.board(digest("b"), false).apart()).isTrue();
    }

    @Test
    void nothing_is_computed_beside_what_is_apart() throws Exception {
        var flights = flights(folder);
        var inside = new CountDownLatch(1);
        var over = new CountDownLatch(1);
        var done = new CountDownLatch(1);
        var apart = Thread.ofVirtual()
                .start(() -> flights.through(sequences(true, "a"), () -> {
                    inside.countDown();
                    await(over);
                    return NO_LOGITS;
                }));
        await(inside);
        var beside = Thread.ofVirtual().start(() -> {
            flights.through(sequences(false, "b"), () -> NO_LOGITS);
            done.countDown();
        });
        assertThat(done.await(50, TimeUnit.MILLISECONDS)).isFalse();
        var crashed = flights(copy());
        assertThatThrownBy(() -> crashed.board(digest("a"), false)).isInstanceOf(InferenceException.class);
        assertThat(crashed.board(digest("b"), false).apart()).isFalse();
        over.countDown();
        await(done);
        apart.join();
        beside.join();
    }

    @Test
    void as_many_are_remembered_as_there_is_room_for_and_the_oldest_goes() throws IOException {
        var flights = flights(folder);
        for (int i = 0; i <= FlightJournal.KNOWN_MAX; i++) {
            flights = dyingWith(flights, "n" + i);
        }
        assertThat(flights.board(digest("n0"), false).apart()).isFalse();
        assertThat(flights.board(digest("n1"), false).apart()).isTrue();
        assertThat(flights.board(digest("n" + FlightJournal.KNOWN_MAX), false).apart())
                .isTrue();
    }

    @Test
    void more_in_flight_than_there_is_room_for_run_unnoted() throws IOException {
        try (var journal = FlightJournal.open(folder)) {
            for (int i = 0; i < FlightJournal.IN_FLIGHT_MAX; i++) {
                assertThat(journal.note(digest("n" + i), false)).isNotNull();
            }
            assertThat(journal.note(digest("one more"), false)).isNull();
            journal.erase(7);
            assertThat(journal.note(digest("one more"), false)).isEqualTo(7);
        }
    }

    @Test
    void each_process_of_a_folder_has_a_journal_of_its_own() throws IOException {
        var journals = new ArrayList<FlightJournal>();
        for (int i = 0; i < FlightJournal.FILES_MAX; i++) {
            journals.add(FlightJournal.open(folder));
        }
        assertThatThrownBy(() -> FlightJournal.open(folder)).hasMessageContaining("a home of its own");
        journals.get(3).close();
        FlightJournal.open(folder).close();
        for (var journal : journals) {
            journal.close();
        }
    }

    @Test
    void a_file_of_something_else_is_begun_anew() throws IOException {
        Files.write(folder.resolve("in-flight-0"), new byte[] {1, 2, 3});
        try (var journal = FlightJournal.open(folder)) {
            assertThat(journal.leftBehind()).isEmpty();
            journal.remember(List.of(new Known(digest("a"), Guilt.CONVICT, START)));
        }
        try (var journal = FlightJournal.open(folder)) {
            assertThat(journal.known()).containsExactly(new Known(digest("a"), Guilt.CONVICT, START));
        }
    }

    @Test
    void a_closed_journal_takes_no_notes() throws IOException {
        var flights = flights(folder);
        flights.stop(new io.quarkus.runtime.ShutdownEvent());
        assertThatCode(() -> flights.through(sequences(false, "a"), () -> NO_LOGITS))
                .doesNotThrowAnyException();
        assertThat(Duration.between(START, now)).isZero();
    }

    private Flights flights(Path home) throws IOException {
        return new Flights(FlightJournal.open(home), () -> now);
    }

    /** The next process, when this one dies while it computes these. */
    private Flights dyingWith(Flights flights, String... names) throws IOException {
        boolean apart =
                names.length == 1 && flights.board(digest(names[0]), false).apart();
        return dying(flights, apart, names);
    }

    private Flights dying(Flights flights, boolean apart, String... names) {
        var next = new ArrayList<Flights>();
        flights.through(sequences(apart, names), () -> {
            next.add(uncheckedCopy());
            return NO_LOGITS;
        });
        return next.getFirst();
    }

    private Flights uncheckedCopy() {
        try {
            return flights(copy());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The newest journal as it is now. */
    private Path copy() throws IOException {
        var from = deaths == 0 ? folder : folder.resolve("death" + deaths);
        var to = Files.createDirectory(folder.resolve("death" + ++deaths));
        Files.copy(from.resolve("in-flight-0"), to.resolve("in-flight-0"));
        return to;
    }

    private static void assertConvicted(Flights flights, String name) {
        assertThatThrownBy(() -> flights.board(digest(name), false))
                .isInstanceOfSatisfying(
                        InferenceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.REQUEST_POISONED))
                .hasMessageContaining("refused until");
    }

    private static List<Sequence> sequences(boolean apart, String... names) {
        return Arrays.stream(names)
                .map(name -> {
                    var sequence = new Sequence(new int[] {1}, SamplingParams.greedy(), 1, Set.of());
                    sequence.label(digest(name), apart);
                    return sequence;
                })
                .toList();
    }

    private static String digest(String name) {
        var bytes = new byte[FlightJournal.DIGEST_BYTES];
        var text = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        System.arraycopy(text, 0, bytes, 0, text.length);
        return HexFormat.of().formatHex(bytes);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
