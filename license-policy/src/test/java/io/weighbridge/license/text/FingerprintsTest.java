package io.weighbridge.license.text;

import static io.weighbridge.license.text.InventedLicenses.HARBOR;
import static io.weighbridge.license.text.InventedLicenses.HARBOR_3D;
import static io.weighbridge.license.text.InventedLicenses.PIER;
import static io.weighbridge.license.text.InventedLicenses.RECIPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.weighbridge.license.text.TextFingerprint.ClauseDigest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FingerprintsTest {
    @TempDir
    private Path folder;

    @Test
    void what_is_written_is_read_back() {
        var prints = List.of(Fingerprints.of("harbor", HARBOR), Fingerprints.of("harbor", HARBOR_3D));
        assertThat(FingerprintReader.read("harbor.yaml", yaml(Fingerprints.yaml("harbor", prints))))
                .isEqualTo(prints);
    }

    @Test
    void no_run_of_words_of_the_text_is_kept() {
        var yaml = Fingerprints.yaml("harbor", List.of(Fingerprints.of("harbor", HARBOR)));
        assertThat(yaml.toLowerCase()).doesNotContain("weights", "monthly", "moored");
    }

    @Test
    void a_manifest_makes_a_file_for_each_key_and_an_index() throws IOException {
        Files.writeString(folder.resolve("harbor.txt"), HARBOR);
        Files.writeString(folder.resolve("harbor-loud.txt"), HARBOR.toUpperCase());
        Files.writeString(folder.resolve("pier.txt"), PIER);
        Files.writeString(folder.resolve("manifest.tsv"), """
                # key, document, file, source
                harbor\tlicense\tharbor.txt\there
                harbor\tlicense\tharbor-loud.txt\tthere

                pier\tpolicy\tpier.txt\there
                """);
        var out = folder.resolve("out");
        Fingerprints.main(new String[] {folder.resolve("manifest.tsv").toString(), out.toString()});

        assertThat(Files.readString(out.resolve("index.yaml"))).contains("- harbor.yaml", "- pier.yaml");
        var harbor = FingerprintReader.read("harbor.yaml", Files.readAllBytes(out.resolve("harbor.yaml")));
        assertThat(harbor).singleElement().satisfies(print -> {
            assertThat(print.rawDigests())
                    .containsExactly(
                            LicenseText.of(HARBOR).rawDigest(),
                            LicenseText.of(HARBOR.toUpperCase()).rawDigest());
            assertThat(print.source()).isEqualTo("here; there");
        });
    }

    @Test
    void a_manifest_line_with_other_fields_is_refused() throws IOException {
        Files.writeString(folder.resolve("manifest.tsv"), "harbor license harbor.txt\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fingerprints.write(folder.resolve("manifest.tsv"), folder.resolve("out")))
                .withMessageContaining("want 4 fields parted by tabs");
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprints.main(new String[0]));
    }

    @Test
    void a_fingerprint_file_with_a_mistake_says_which() {
        var good = Fingerprints.yaml("harbor", List.of(Fingerprints.of("harbor", HARBOR)));
        assertBroken(good.replace("unnumbered:", "unumbered:"), "unknown key 'unumbered'");
        assertBroken(good.replaceFirst("digest: sha256:..", "digest: sha256:"), "not a digest");
        assertBroken(good.replace("'1.b.i ", "'1.b.i x"), "want 16 hex digits");
        assertBroken(good.replace("'1.b.i ", "'1.b.i"), "a clause is a label, a space and a digest");
        assertBroken(good.replaceFirst("sketch: '", "sketch: 'AAAA"), "sketch has at most");
        assertBroken(
                good.replaceFirst("sketch: '.*'", "sketch: '" + "/////////////////////".repeat(1) + "AAA'"),
                "rising order");
        assertBroken("{", "not YAML");
        assertBroken("key: a\ntexts: 5\n", "'texts' must be a list");
        assertBroken("key: a\ntexts: [5]\n", "must be a text");
        assertBroken(" ".repeat(FingerprintReader.FINGERPRINT_BYTES_MAX + 1), "at most");
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void random_bytes_are_refused_as_a_fingerprint_file(RandomGenerator random) {
        var good = yaml(Fingerprints.yaml("harbor", List.of(Fingerprints.of("harbor", PIER))));
        for (int hit = random.nextInt(1, 10); hit > 0; hit--) {
            good[random.nextInt(good.length)] = (byte) random.nextInt();
        }
        try {
            assertThat(FingerprintReader.read("x.yaml", good)).isNotNull();
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageStartingWith("x.yaml: ");
        }
    }

    @Test
    void sketches_measure_how_much_two_texts_share() {
        var all = words(0, 2_000);
        assertThat(Sketch.of(all).similarity(Sketch.of(all))).isEqualTo(1.0);
        assertThat(Sketch.of(all).similarity(Sketch.of(words(1_000, 3_000)))).isCloseTo(1.0 / 3, within(0.12));
        assertThat(Sketch.of(all).similarity(Sketch.of(words(5_000, 7_000)))).isEqualTo(0.0);
        assertThat(Sketch.of(List.of()).similarity(Sketch.of(List.of()))).isEqualTo(0.0);
        assertThat(sketch(PIER).similarity(sketch(RECIPE))).isEqualTo(0.0);
    }

    @Test
    void a_sketch_keeps_no_more_hashes_than_its_limit() {
        int bytesMax = Sketch.HASHES_MAX * Sketch.HASH_BYTES;
        assertThat(Base64.getDecoder().decode(Sketch.of(words(0, 5_000)).encoded()))
                .hasSize(bytesMax);
        assertThat(Sketch.decode(Sketch.of(words(0, 5_000)).encoded())).isEqualTo(Sketch.of(words(0, 5_000)));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Sketch.decode(Base64.getEncoder().encodeToString(new byte[bytesMax + Sketch.HASH_BYTES])));
    }

    @Test
    void a_fingerprint_without_clauses_is_refused() {
        var good = Fingerprints.of("harbor", HARBOR);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TextFingerprint(
                        "x",
                        good.document(),
                        "s",
                        good.digest(),
                        good.digest(),
                        good.rawDigests(),
                        1,
                        good.sketch(),
                        List.of()))
                .withMessageContaining("has raw digests, clauses and words");
        assertThatIllegalArgumentException().isThrownBy(() -> new ClauseDigest("1", "abc"));
    }

    private static void assertBroken(String yaml, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FingerprintReader.read("harbor.yaml", yaml(yaml)))
                .withMessageStartingWith("harbor.yaml: ")
                .withMessageContaining(message);
    }

    private static Sketch sketch(String text) {
        return LicenseText.of(text).sketch();
    }

    private static byte[] yaml(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> words(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).collect(Collectors.toList());
    }
}
