package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.runner.Batch;
import java.util.ArrayList;
import java.util.List;

/** What is in one step of the {@link Scheduler}, while it is put together and until its logits are there. */
final class Step {
    final List<Batch.Copy> copies = new ArrayList<>();
    final List<Batch.Slice> slices = new ArrayList<>();
    final List<Sequence> sequences = new ArrayList<>();
    final long begunAt;
    int tokensLeft;
    int decodes; // slices of sequences that decode, before all others
    int drafts; // guessed tokens among those of the slices
    int draftsAccepted;

    Step(long begunAt, int tokens) {
        this.begunAt = begunAt;
        this.tokensLeft = tokens;
    }
}
