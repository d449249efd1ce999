package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.sampling.MaskWork;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the most probable completions of a prompt, as far as a few beams see: each step takes the best continuations of all beams
 * together. The rules are those of Hugging Face's {@code generate(num_beams=...)}; ties go to the earlier beam, then to the lower
 * token id. Its members, sequences that hold one beam each, are computed in the same steps. Not thread-safe.
 */
final class BeamSearch {
    private final BeamParams params;
    private final Sequence leader;
    private final List<Sequence> members = new ArrayList<>();
    private final List<float[]> rows = new ArrayList<>(); // of this step, beam after beam
    private List<Trail> trails = new ArrayList<>(); // of the beams
    private final List<Completion> completions = new ArrayList<>(); // the best first, at most as many as beams

    /** The tokens of a beam, the last first; null has none. */
    private record Path(
            @Nullable Path before, int tokenId, @Nullable Logprobs logprobs) {}

    /** A beam, and the log probability of its tokens. */
    private record Trail(@Nullable Path path, double score) {}

    /** A beam and a token that may come next. */
    private record Candidate(int beam, int tokenId, double score) {}

    /** A beam of the next step: one of this step and a token. */
    record Beam(int from, int tokenId) {}

    /** A token of a completion. */
    record Taken(int tokenId, @Nullable Logprobs logprobs) {}

    /**
     * A whole completion.
     *
     * @param score what it is compared by
     */
    record Completion(List<Taken> tokens, double score, FinishReason reason) {}

    /** A search that begins with the prompt of {@code leader}, which is its first member. */
    BeamSearch(BeamParams params, Sequence leader) {
        this.params = params;
        this.leader = leader;
        members.add(leader);
        trails.add(new Trail(null, 0));
    }

    BeamParams params() {
        return params;
    }

    Sequence leader() {
        return leader;
    }

    /** The leader and as many more as the search is wide. */
    List<Sequence> members() {
        return members;
    }

    /** Beams of this step: the first so many members. */
    int beams() {
        return trails.size();
    }

    /** Whether all beams have their logits now that {@code logits} came, of the next beam in order. */
    boolean takes(float[] logits) {
        rows.add(logits);
        return rows.size() == trails.size();
    }

    /** Whether the masks of all beams are ready for {@link #advance}; makes them as far as there is {@code room}. */
    boolean prepare(MaskWork room) {
        for (int beam = 0; beam < beams(); beam++) {
            if (!members.get(beam).picker().prepare(leader.generatedCount(), leader.generatedMax(), room)) {
                return false;
            }
        }
        return true;
    }

    /** The completions so far, the best first. */
    List<Completion> completions() {
        return completions;
    }

    /** Back to the prompt: nothing was given out yet, and all comes as it did. */
    void restart() {
        rows.clear();
        completions.clear();
        trails = new ArrayList<>(List.of(new Trail(null, 0)));
        leader.restart();
    }

    /**
     * The beams of the next step; none when the search is over.
     *
     * @throws ArithmeticException if a logit is no number, or nothing is left to pick
     */
    List<Beam> advance() {
        int generated = leader.generatedCount();
        boolean last = generated + 1 >= leader.generatedMax();
        var next = new ArrayList<Beam>();
        var nextTrails = new ArrayList<Trail>();
        var candidates = candidates(generated);
        for (int rank = 0; rank < candidates.size(); rank++) {
            var candidate = candidates.get(rank);
            boolean ends = leader.isEndToken(candidate.tokenId());
            // What ends beyond the width is forgotten: it was only there so that enough others are left.
            if ((ends || last) && rank < params.width()) {
                complete(candidate, generated + 1, ends);
            } else if (!ends && !last && next.size() < params.width()) {
                next.add(new Beam(candidate.beam(), candidate.tokenId()));
                nextTrails.add(new Trail(path(candidate), candidate.score()));
            }
        }
        rows.clear();
        trails = nextTrails;
        return isOver(generated + 1) ? List.of() : next;
    }

    private void complete(Candidate candidate, int length, boolean ends) {
        if (params.stopsEarly() && isFull()) {
            return;
        }
        var tokens = new ArrayList<Taken>();
        for (var path = ends ? trails.get(candidate.beam()).path() : path(candidate);
                path != null;
                path = path.before()) {
            tokens.addFirst(new Taken(path.tokenId(), path.logprobs()));
        }
        double score = candidate.score() / Math.pow(length, params.lengthPenalty());
        completions.add(new Completion(tokens, score, ends ? FinishReason.STOP : FinishReason.LENGTH));
    }

    /** Keeps the best; whether no beam can become better, by the rule of thumb that it ends where it stands. */
    private boolean isOver(int length) {
        completions.sort(Comparator.comparingDouble(Completion::score).reversed()); // stable
        while (completions.size() > params.width()) {
            completions.removeLast();
        }
        if (trails.isEmpty()) {
            return true;
        }
        double possible = trails.getFirst().score() / Math.pow(length, params.lengthPenalty());
        return isFull()
                && (params.stopsEarly() || possible <= completions.getLast().score());
    }

    private boolean isFull() {
        return completions.size() >= params.width();
    }

    private Path path(Candidate candidate) {
        var told = leader.picker().told(rows.get(candidate.beam()), candidate.tokenId());
        return new Path(trails.get(candidate.beam()).path(), candidate.tokenId(), told);
    }

    /** The best continuations, best first: so many that a whole width is left if all ends are among them. */
    private List<Candidate> candidates(int generated) {
        int most = Math.max(2, 1 + leader.endTokenCount()) * params.width();
        var best = new ArrayList<Candidate>(most + 1);
        for (int beam = 0; beam < rows.size(); beam++) {
            var scores = members.get(beam).picker().scores(rows.get(beam), generated, leader.generatedMax());
            double sum = trails.get(beam).score();
            for (int id = 0; id < scores.length; id++) {
                double score = sum + scores[id];
                if (score > Double.NEGATIVE_INFINITY
                        && (best.size() < most || score > best.getLast().score())) {
                    insert(best, new Candidate(beam, id, score), most);
                }
            }
        }
        if (best.isEmpty()) {
            throw new ArithmeticException("no token id has a finite logit");
        }
        return best;
    }

    /** Keeps the list in order; those that are equal stay in the order in which they came. */
    private static void insert(List<Candidate> best, Candidate candidate, int most) {
        int at = best.size();
        while (at > 0 && best.get(at - 1).score() < candidate.score()) {
            at--;
        }
        best.add(at, candidate);
        if (best.size() > most) {
            best.removeLast();
        }
    }
}
