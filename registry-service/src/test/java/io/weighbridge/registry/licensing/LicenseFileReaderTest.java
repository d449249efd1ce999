package io.weighbridge.registry.licensing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.text.Fingerprints;
import io.weighbridge.license.text.LicenseText;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.Digest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is made of the license files of a checkpoint. */
final class LicenseFileReaderTest {
    private static final String ALPACA = """
            ALPACA LICENSE
            1. You may use the model for any purpose that is not listed in section 2.
            2. You may not use the model to shear alpacas without their consent.
            3. Whoever passes the model on gives this license with it and keeps all notices in place.
            4. The model comes without any warranty, and nobody who made it answers for what it writes.
            """;

    private final LicenseFileReader reader = new LicenseFileReader(List.of(Fingerprints.of("alpaca", ALPACA)));
    private final Map<String, byte[]> bytes = new HashMap<>();

    @Test
    void a_known_text_is_recognized_however_it_is_laid_out() throws Exception {
        var texts = read(Map.of(
                "LICENSE.txt", ALPACA.replace("\n", "\r\n").toUpperCase(java.util.Locale.ROOT), "weights.gguf", "x"));
        assertThat(texts).hasSize(1);
        assertThat(texts.getFirst().key()).isEqualTo("alpaca");
        assertThat(texts.getFirst().textDigest())
                .isEqualTo(LicenseText.of(ALPACA).digest());
    }

    @Test
    void an_altered_text_is_unread_and_its_difference_is_told() throws Exception {
        var text = read(Map.of("LICENSE", ALPACA.replace("may not use", "may use")))
                .getFirst();
        assertThat(text.key()).isNull();
        assertThat(text.note()).contains("resembles alpaca").contains("You may use the model to shear alpacas");
    }

    @Test
    void an_unknown_text_is_unread() throws Exception {
        var text = read(Map.of("COPYING", "Do as you like.")).getFirst();
        assertThat(text.key()).isNull();
        assertThat(text.textDigest()).startsWith("sha256:");
    }

    @Test
    void a_file_that_is_too_long_is_unread_and_never_opened() throws Exception {
        var most = new CheckpointFile("LICENSE", LicenseText.LICENSE_BYTES_MAX, Digest.of(new byte[0]));
        var file = new CheckpointFile("LICENSE", LicenseText.LICENSE_BYTES_MAX + 1, Digest.of(new byte[0]));
        assertThat(reader.read(List.of(most), one -> new byte[LicenseText.LICENSE_BYTES_MAX])
                        .getFirst()
                        .note())
                .isNull();
        var text = reader.read(List.of(file), one -> {
                    throw new AssertionError("opened");
                })
                .getFirst();
        assertThat(text.key()).isNull();
        assertThat(text.note()).contains("at most 524288");
    }

    @Test
    void license_files_above_the_limit_count_as_one_unread_text() throws Exception {
        assertThat(texts(Detection.TEXT_COUNT_MAX))
                .allSatisfy(text -> assertThat(text.key()).isEqualTo("alpaca"));
        var more = texts(Detection.TEXT_COUNT_MAX + 3);
        assertThat(more).hasSize(Detection.TEXT_COUNT_MAX);
        assertThat(more.getLast().key()).isNull();
        assertThat(more.getLast().note()).isEqualTo("this and 3 more license files were not read");
    }

    @Test
    void a_remark_is_cut_to_what_is_kept() throws Exception {
        var longer = ALPACA
                + IntStream.range(0, 100)
                        .mapToObj(i ->
                                "%d. Nobody may use the model on day %d of any year whatsoever.\n".formatted(i + 5, i))
                        .reduce("", String::concat);
        assertThat(read(Map.of("LICENSE", longer)).getFirst().note())
                .hasSize(Detection.NOTE_LENGTH_MAX)
                .endsWith("...");
    }

    private List<Detection.Text> texts(int count) throws Exception {
        var files = new HashMap<String, String>();
        IntStream.range(0, count).forEach(i -> files.put("part%03d/LICENSE".formatted(i), ALPACA));
        return read(files);
    }

    private List<Detection.Text> read(Map<String, String> texts) throws Exception {
        texts.forEach((path, text) -> bytes.put(path, text.getBytes(StandardCharsets.UTF_8)));
        var files = texts.keySet().stream()
                .map(path ->
                        new CheckpointFile(path, bytes.getOrDefault(path, new byte[0]).length, Digest.of(new byte[0])))
                .toList();
        return reader.read(files, file -> bytes.getOrDefault(file.path(), new byte[0]));
    }
}
