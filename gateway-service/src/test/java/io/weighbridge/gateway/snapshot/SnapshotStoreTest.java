package io.weighbridge.gateway.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.gateway.Stack;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.terms.TermsReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    @Test
    void starts_from_the_copy_on_disk() throws Exception {
        var file = folder.resolve("gateway/snapshot.json");
        var store = store(file);
        assertThat(store.current()).isNull();
        store.accept(bytes(Stack.SNAPSHOT));
        assertThat(store.current()).isNotNull();
        assertThat(Objects.requireNonNull(store(file).current()).models())
                .extracting(Snapshot.Model::subject)
                .isEqualTo(Objects.requireNonNull(store.current()).models().stream()
                        .map(Snapshot.Model::subject)
                        .toList());
        try (var files = Files.list(folder.resolve("gateway"))) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void keeps_the_last_good_one_when_the_next_is_broken() throws Exception {
        var store = store(folder.resolve("snapshot.json"));
        store.accept(bytes(Stack.SNAPSHOT));
        var good = store.current();
        for (var bad : new String[] {"{", "{}", "[]", "{\"version\": \"v2\", \"models\": [{\"id\": \"a/b\"}]}"}) {
            assertThatThrownBy(() -> store.accept(bytes(bad))).as(bad).isInstanceOf(IOException.class);
            assertThat(store.current()).isSameAs(good);
        }
    }

    @Test
    void a_damaged_copy_is_ignored() throws Exception {
        var file = folder.resolve("snapshot.json");
        Files.writeString(file, "{\"version\": ");
        assertThat(store(file).current()).isNull();
    }

    @Test
    void a_catalog_that_cannot_be_decided_on_is_refused_and_the_last_one_stays() throws Exception {
        var store = store(folder.resolve("snapshot.json"));
        store.accept(bytes(Stack.SNAPSHOT));
        var good = store.current();
        refused(store, "a/zero", "", made("a/zero", "fine-tune"), "made from itself");
        refused(store, "a/two", "", made("a/one", "fine-tune"), "made from itself");
        refused(store, "a/zero", "", made("a/none", "copied-from"), "copied-from");
        refused(store, "a/zero", "\"released\": \"soon\",", "[]", "soon");
        refused(store, "a/one", "", "[]", "listed twice");
        assertThat(store.current()).isSameAs(good);
    }

    @Test
    void lineage_and_traits_bind_the_model() throws Exception {
        var store = store(folder.resolve("snapshot.json"));
        store.accept(
                bytes(catalog("a/zero", "\"multimodal\": true, \"released\": \"2024-04\",", made("a/one", "merge"))));
        var snapshot = Objects.requireNonNull(store.current());
        var model = Objects.requireNonNull(snapshot.find("a/zero"));
        assertThat(model.subject().layers())
                .extracting(layer -> layer.model() + " " + layer.terms().id())
                .containsExactly("a/zero MIT", "a/one CC-BY-NC-4.0");
        assertThat(model.subject().layers().getFirst().traits())
                .isEqualTo(new Traits(Answer.YES, YearMonth.of(2024, 4)));
        assertThat(model.labels().links()).contains("license/mit").contains("by-nc");
    }

    @Test
    void a_long_lineage_is_cut_to_what_headers_and_receipts_take() throws Exception {
        var store = store(folder.resolve("snapshot.json"));
        var terms = TermsReader.shipped().all();
        var ancestors = IntStream.range(0, 80)
                .mapToObj(i ->
                        "{\"id\": \"a/%d\", \"createdAt\": 1, \"license\": {\"declared\": \"x\", \"concluded\": \"%s\", \"textDigest\": \"sha256:%d\"}}"
                                .formatted(i, terms.get(i % terms.size()).id(), i))
                .collect(Collectors.joining(","));
        var madeFrom = IntStream.range(0, 80)
                .mapToObj(i -> "{\"model\": \"a/%d\", \"relation\": \"merge\"}".formatted(i))
                .collect(Collectors.joining(","));
        store.accept(bytes(
                "{\"version\": \"v\", \"models\": [%s, {\"id\": \"a/all\", \"createdAt\": 1, \"madeFrom\": [%s], \"license\": {\"declared\": \"mit\", \"concluded\": \"MIT\"}}]}"
                        .formatted(ancestors, madeFrom)));
        var model =
                Objects.requireNonNull(Objects.requireNonNull(store.current()).find("a/all"));
        assertThat(model.subject().layers()).hasSize(81);
        assertThat(model.labels().links().split(", ")).hasSize(Labels.LINKS_MAX);
        var applied = model.applied().licenses();
        assertThat(applied).hasSize(Draft.ENTRIES_MAX);
        assertThat(applied.getFirst().license()).isEqualTo("MIT");
        assertThat(applied.getLast().license()).isEqualTo("18 more");
    }

    private static void refused(SnapshotStore store, String id, String more, String madeFrom, String reason) {
        assertThatThrownBy(() -> store.accept(bytes(catalog(id, more, madeFrom))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("v2")
                .hasMessageContaining(reason);
    }

    private static String made(String from, String relation) {
        return "[{\"model\": \"%s\", \"relation\": \"%s\"}]".formatted(from, relation);
    }

    /** Two models of which the second was made from a/two. */
    private static String catalog(String id, String more, String madeFrom) {
        return """
                {"version": "v2", "models": [
                  {"id": "%s", "createdAt": 1, %s "madeFrom": %s, "license": {"declared": "mit", "concluded": "MIT"}},
                  {"id": "a/one", "createdAt": 1, "madeFrom": [{"model": "a/two", "relation": "adapter"}],
                   "license": {"declared": "cc-by-nc-4.0", "concluded": "CC-BY-NC-4.0"}}
                ]}""".formatted(id, more, madeFrom);
    }

    private static SnapshotStore store(Path file) {
        return new SnapshotStore(file, TermsReader.shipped());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
