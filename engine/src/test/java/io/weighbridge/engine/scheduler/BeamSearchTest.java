package io.weighbridge.engine.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.Engine;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.decoder.ReferenceDecoder;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.Adjustments;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenMask;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Beam search against Hugging Face transformers ({@code oracle/beams.py} wrote what that finds), and beside others. */
class BeamSearchTest {
    private static final int VOCABULARY = 40;
    private static final int CONTEXT = 200;
    private static final int END = 7;
    private static final double SCORE_DIFFERENCE_MAX = 1e-4;

    /** What came of one completion. */
    private record Outcome(List<Integer> tokens, double logprobs, FinishReason reason) {}

    static Stream<JsonNode> cases() throws IOException {
        try (var json = BeamSearchTest.class.getResourceAsStream("/beams/transformers.json")) {
            return StreamSupport.stream(new ObjectMapper().readTree(json).spliterator(), false);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_completions_and_their_scores_are_those_of_transformers(JsonNode reference) {
        try (var checkpoint =
                Checkpoints.open(Golden.path(reference.get("folder").asText()))) {
            var ends = new HashSet<Integer>();
            reference.get("ends").forEach(id -> ends.add(id.asInt()));
            var params = new BeamParams(
                    reference.get("width").asInt(),
                    reference.get("length_penalty").asDouble(),
                    reference.get("early_stopping").asBoolean());
            double repetition = reference.get("repetition_penalty").asDouble();
            var selection = new Selection(
                    new SamplingParams(1, 1, 0, 0, 1, 0, new Adjustments(repetition, 0, 0, Map.of())),
                    reference.get("min_tokens").asInt(),
                    false,
                    0,
                    false,
                    null);
            var leader = new Sequence(
                    ints(reference.get("prompt")),
                    selection,
                    reference.get("max_tokens").asInt(),
                    ends,
                    Standing.DEFAULT);
            var choices = search(leader, params, reference.get("n").asInt());
            var scores = new ArrayList<Double>();
            var outcomes = run(new Engine(runner(Decoders.of(checkpoint)), SchedulerLimits.DEFAULT), choices);
            Objects.requireNonNull(leader.beams()).completions().forEach(found -> scores.add(found.score()));
            for (int i = 0; i < outcomes.size(); i++) {
                var found = reference.get("found").get(i);
                assertThat(outcomes.get(i).tokens()).containsExactlyElementsOf(list(found.get("tokens")));
                assertThat(outcomes.get(i).reason() == FinishReason.STOP)
                        .isEqualTo(found.get("ended").asBoolean());
                assertThat(scores.get(i)).isCloseTo(found.get("score").asDouble(), within(SCORE_DIFFERENCE_MAX));
                assertThat(choices.get(i).generatedIds()).isEqualTo(ints(found.get("tokens")));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void beams_find_the_same_beside_others_and_when_they_are_put_back(long seed) {
        var params = new BeamParams(2, 1, seed % 3 == 0);
        var alone = run(
                new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 60), new SchedulerLimits(4, 9, 200)),
                search(patient(seed), params, 2));
        var scheduler = new Scheduler(new SchedulerLimits(5, 99, 40), CONTEXT, 7, System::nanoTime);
        var runner = ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 7);
        var first = new Sequence(new int[] {9, 8, (int) seed}, SamplingParams.greedy(), 90, Set.of(), Standing.DEFAULT);
        scheduler.add(first);
        var choices = search(patient(seed), params, 2);
        assertThat(scheduler.add(choices.getFirst())).isInstanceOf(Admission.Accepted.class);
        var outcomes = run(scheduler, runner, choices);
        assertThat(outcomes).isEqualTo(alone);
        assertThat(scheduler.load().preemptions()).isPositive();
        assertThat(scheduler.kv().freeCount()).isEqualTo(7);
    }

    @Test
    void nothing_is_given_out_before_all_is_found_and_inner_beams_stay_inside() {
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 60), SchedulerLimits.DEFAULT);
        var choices = search(sequence(3, 10), new BeamParams(4, 1, false), 2);
        engine.add(choices.getFirst());
        assertThat(engine.load().waiting()).isEqualTo(4);
        while (engine.hasWork()) {
            for (var progress : engine.step()) {
                assertThat(choices).contains(progress.sequence());
                assertThat(engine.load().running()).isZero();
            }
        }
        assertThat(engine.load().kvUsage()).isZero();
    }

    @Test
    void a_search_that_is_cancelled_ends_all_its_completions_and_gives_its_blocks_back() {
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 60), SchedulerLimits.DEFAULT);
        var choices = search(sequence(3, 100), new BeamParams(4, 1, false), 2);
        engine.add(choices.getFirst());
        for (int i = 0; i < 5; i++) {
            assertThat(engine.step()).isEmpty();
        }
        assertThat(engine.load().running()).isEqualTo(4);
        choices.getFirst().cancel();
        assertThat(engine.step())
                .containsExactlyInAnyOrder(
                        new Progress.Ended(choices.get(0), FinishReason.CANCELLED),
                        new Progress.Ended(choices.get(1), FinishReason.CANCELLED));
        assertThat(engine.load().kvUsage()).isZero();
        assertThat(engine.hasWork()).isFalse();
    }

    @Test
    void more_beams_than_fit_are_refused_with_the_most_that_do() {
        var places = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 60), new SchedulerLimits(3, 9, 40));
        assertThat(places.add(
                        search(sequence(1, 5), new BeamParams(4, 1, false), 1).getFirst()))
                .isEqualTo(new Admission.TooManyBeams(4, 3));
        var memory = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 3), SchedulerLimits.DEFAULT);
        assertThat(memory.add(
                        search(sequence(1, 5), new BeamParams(4, 1, false), 1).getFirst()))
                .isEqualTo(new Admission.TooManyBeams(4, 3));
        var clipped = search(sequence(1, 99), new BeamParams(3, 1, false), 1);
        assertThat(run(memory, clipped).getFirst().tokens().size()).isLessThanOrEqualTo(16);
    }

    @Test
    void parameters_out_of_range_are_refused() {
        assertThatThrownBy(() -> new BeamParams(1, 1, false)).hasMessageStartingWith("beam_width must be 2 to 16");
        assertThatThrownBy(() -> new BeamParams(17, 1, false)).hasMessageStartingWith("beam_width");
        assertThatThrownBy(() -> new BeamParams(2, 10.5, false)).hasMessageStartingWith("length_penalty");
        assertThatThrownBy(() -> new BeamParams(2, Double.NaN, false)).hasMessageStartingWith("length_penalty");
        assertThat(new BeamParams(16, -10, false)).isNotNull();
        assertThatThrownBy(() -> search(sequence(1, 5), new BeamParams(2, 1, false), 3))
                .hasMessage("3 completions need more than 2 beams");
    }

    @Test
    void a_structure_holds_in_each_beam_and_the_last_comes_again_where_it_leaves_too_few() {
        var mask = new Either();
        var selection = new Selection(SamplingParams.greedy(), 0, false, 1, false, mask);
        var leader = new Sequence(new int[] {1, 2, 3}, selection, 9, Set.of(END), Standing.DEFAULT);
        var choices = search(leader, new BeamParams(4, 0, false), 3);
        var outcomes =
                run(new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 60), SchedulerLimits.DEFAULT), choices);
        assertThat(outcomes.get(0).tokens()).isNotEqualTo(outcomes.get(1).tokens());
        assertThat(outcomes).allMatch(outcome -> outcome.reason() == FinishReason.STOP);
        assertThat(outcomes.stream().map(Outcome::tokens).distinct())
                .containsExactlyInAnyOrder(List.of(10, 10), List.of(11, 11));
        assertThat(outcomes.get(2)).isEqualTo(outcomes.get(1));
        assertThat(outcomes.get(0).logprobs()).isNegative();
    }

    /** 10, 10 or 11, 11, and then an end. */
    private static final class Either implements TokenMask {
        private final List<Integer> taken = new ArrayList<>();

        @Override
        public void mask(long[] bits, int tokensLeft) {
            Arrays.fill(bits, 0);
            bits[0] = taken.isEmpty() ? 3L << 10 : 1L << (taken.size() == 1 ? taken.getFirst() : END);
        }

        @Override
        public void advance(int tokenId) {
            taken.add(tokenId);
        }

        @Override
        public TokenMask copy() {
            var copy = new Either();
            copy.taken.addAll(taken);
            return copy;
        }
    }

    /** One that does not end soon. */
    private static Sequence patient(long seed) {
        var selection = new Selection(SamplingParams.greedy(), 30, false, Selection.NO_LOGPROBS, false, null);
        return new Sequence(new int[] {1, 2, (int) seed}, selection, 40, Set.of(END), Standing.DEFAULT);
    }

    private static Sequence sequence(long seed, int maxTokens) {
        return new Sequence(
                new int[] {1, 2, (int) seed}, SamplingParams.greedy(), maxTokens, Set.of(END), Standing.DEFAULT);
    }

    private static List<Sequence> search(Sequence leader, BeamParams params, int count) {
        var choices = new ArrayList<>(List.of(leader));
        for (int i = 1; i < count; i++) {
            choices.add(leader.another(leader.sampling()));
        }
        leader.searchBeams(params);
        return choices;
    }

    private static List<Outcome> run(Engine engine, List<Sequence> choices) {
        assertThat(engine.add(choices.getFirst())).isInstanceOf(Admission.Accepted.class);
        var steps = new ArrayList<Progress>();
        while (engine.hasWork()) {
            steps.addAll(engine.step());
        }
        return outcomes(steps, choices);
    }

    private static List<Outcome> run(Scheduler scheduler, ModelRunner runner, List<Sequence> choices) {
        var steps = new ArrayList<Progress>();
        while (scheduler.hasWork()) {
            var batch = scheduler.schedule();
            steps.addAll(scheduler.advance(batch, runner.run(batch)));
            assertThat(scheduler.load().running()).isLessThanOrEqualTo(5);
        }
        return outcomes(steps, choices);
    }

    private static List<Outcome> outcomes(List<Progress> steps, List<Sequence> choices) {
        var outcomes = new ArrayList<Outcome>();
        for (var choice : choices) {
            var tokens = new ArrayList<Integer>();
            double logprobs = 0;
            for (var progress : steps) {
                if (progress.sequence() == choice && progress instanceof Progress.Token(var whose, int id, var told)) {
                    tokens.add(id);
                    logprobs += told == null ? 0 : told.chosen().logprob();
                }
            }
            var reasons = steps.stream()
                    .filter(progress -> progress.sequence() == choice && progress instanceof Progress.Ended)
                    .map(progress -> ((Progress.Ended) progress).reason())
                    .toList();
            assertThat(reasons).hasSize(1);
            outcomes.add(new Outcome(tokens, logprobs, reasons.getFirst()));
        }
        return outcomes;
    }

    /** The plain decoder in fp64; what it computed once it remembers. */
    private static ModelRunner runner(Decoder decoder) {
        var known = new HashMap<List<Integer>, float[]>();
        return ScriptedModelRunner.of(
                decoder.spec().vocabularySize(),
                100,
                60,
                tokenIds ->
                        known.computeIfAbsent(Arrays.stream(tokenIds).boxed().toList(), unseen -> {
                            var reference = new ReferenceDecoder(decoder);
                            double[] logits = {};
                            for (int tokenId : tokenIds) {
                                logits = reference.next(tokenId);
                            }
                            var floats = new float[logits.length];
                            for (int i = 0; i < floats.length; i++) {
                                floats[i] = (float) logits[i];
                            }
                            return floats;
                        }));
    }

    private static List<Integer> list(JsonNode array) {
        return Arrays.stream(ints(array)).boxed().toList();
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
