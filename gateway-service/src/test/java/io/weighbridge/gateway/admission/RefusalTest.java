package io.weighbridge.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.Decision.Refusal;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.receipts.Drafts;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.terms.TermsReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A refusal with more reasons than an answer or a receipt takes. */
class RefusalTest {
    private static final int MANY = 100;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    @Test
    void many_reasons_are_cut_and_counted() throws Exception {
        var keys = new KeyFile(null);
        var gate = new LicenseGate(snapshots(), keys, (_, _) -> new Verdict.Undetermined(findings()), DecisionLog.NONE);
        var requester =
                new Requester(Objects.requireNonNull(keys.current().find("wb-local")), Use.Request.UNDECLARED, "req-1");
        var refusal = (Refusal) gate.decide(gate.model("a/b"), requester, Phase.ADMISSION);

        var refused = new LicenseRefusedException("a/b", List.of(refusal), List.of());
        assertThat(refused.findings()).hasSize(LicenseRefusedException.FINDINGS_MAX);
        assertThat(refused.questions()).hasSize(LicenseRefusedException.FINDINGS_MAX);
        assertThat(refused.reason()).endsWith("and 68 more");

        var draft = Drafts.of(refusal, requester, Phase.ADMISSION, "sha256:catalog", Instant.EPOCH);
        assertThat(draft.reasons()).hasSize(Draft.ENTRIES_MAX);
        assertThat(draft.reasons().getLast().clause()).isEqualTo("37 more");
    }

    private static List<Finding> findings() {
        return IntStream.range(0, MANY)
                .mapToObj(i -> new Finding(
                        Finding.Rule.CONDITION_MET, "a/b", "MIT", "clause-%03d".formatted(i), "evidence", "fix"))
                .toList();
    }

    private SnapshotStore snapshots() throws Exception {
        var store = new SnapshotStore(folder.resolve("snapshot.json"), TermsReader.shipped());
        store.accept("""
                {"version": "v", "models": [{"id": "a/b", "createdAt": 1, "license": {"declared": "mit", "concluded": "MIT"}}]}""".getBytes(StandardCharsets.UTF_8));
        return store;
    }
}
