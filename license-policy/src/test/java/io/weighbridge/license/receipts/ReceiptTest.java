package io.weighbridge.license.receipts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.receipts.Draft.LicenseApplied;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReceiptTest {
    private static final Draft DRAFT = Logs.draft(4);

    @Test
    void the_encoding_is_canonical_json() {
        assertThat(new String(new Receipt(7, DRAFT).encode(), StandardCharsets.UTF_8))
                .isEqualTo("""
                        {"catalog":"sha256:ca7a","decision":"dec-4",\
                        "facts":"{\\"operator\\":{\\"name\\":\\"Øst \\\\\\"A\\\\\\"\\"},\\"request\\":{\\"purpose\\":\\"chat\\"}}",\
                        "licenses":[{"license":"Apache-2.0","termsDigest":"sha256:0a","termsVersion":1,"textDigest":"sha256:cfc7"},\
                        {"license":"LicenseRef-Gemma","termsDigest":"sha256:0b","termsVersion":2}],\
                        "model":"HuggingFaceTB/SmolLM2-135M-Instruct","obligations":[{"clause":"notice","license":"Apache-2.0"}],\
                        "phase":"admission","reasons":[{"clause":"gemma-use","license":"LicenseRef-Gemma","rule":"NOT_RESTRICTED"}],\
                        "request":"req-4","sequence":7,"tenant":"tenant-1","time":"2026-09-21T14:13:24.123Z","v":1,\
                        "verdict":"undetermined","weights":"sha256:b179"}""");
    }

    @Test
    void an_encoding_is_read_back_to_the_same_receipt() {
        for (int i = 0; i < 12; i++) {
            var receipt = new Receipt(i + 1, Logs.draft(i));
            assertThat(Receipt.parse(receipt.encode())).isEqualTo(receipt);
        }
        var odd = withFacts("\u0000\u001f\t\n\r\b\f\"\\/\u007f\u2028é\uD83D\uDE00");
        assertThat(Receipt.parse(new Receipt(Long.MAX_VALUE, odd).encode()).draft())
                .isEqualTo(odd);
    }

    @Test
    void another_spelling_of_the_same_json_is_refused() {
        var text = new String(new Receipt(1, DRAFT).encode(), StandardCharsets.UTF_8);
        for (var spelling : List.of(
                text + " ",
                text.replace(",\"v\"", ", \"v\""),
                text.replace("dec-4", "d\\u0065c-4"),
                text.replace("\"v\":1", "\"v\":1,\"w\":1"),
                text.replace("123Z", "123000Z"))) {
            assertThatThrownBy(() -> Receipt.parse(spelling.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("canonical");
        }
    }

    @Test
    void what_is_no_receipt_is_refused_with_the_reason() {
        var text = new String(new Receipt(1, DRAFT).encode(), StandardCharsets.UTF_8);
        refused(text.replace("\"v\":1", "\"v\":2"), "version 2");
        refused(text.replace("\"sequence\":1", "\"sequence\":0"), "starts at 1");
        refused(text.replace("\"sequence\":1", "\"sequence\":1.5"), "whole numbers");
        refused(text.replace("\"undetermined\"", "\"maybe\""), "maybe");
        refused(text.replace("\"termsVersion\":1", "\"termsVersion\":4294967297"), "too large");
        refused(text.replace("2026-", "x2026-"), "not a time");
        refused(text.replace("\"decision\"", "\"catalog\""), "not JSON");
        refused(text.replace("\"decision\":\"dec-4\"", "\"decision\":4"), "must be a text");
        refused(text.substring(1), "JSON");
        refused("[]", "object");
        refused("", "whole numbers");
    }

    @Test
    void texts_have_limits() {
        var longest = "x".repeat(Draft.TEXT_CHARS_MAX);
        assertThat(new Draft.Owed(longest, longest).clause()).isEqualTo(longest);
        assertThatThrownBy(() -> new Draft.Owed(longest + "x", ""))
                .hasMessageContaining("at most " + Draft.TEXT_CHARS_MAX);
        assertThat(withFacts("x".repeat(Draft.FACTS_CHARS_MAX)).facts()).hasSize(Draft.FACTS_CHARS_MAX);
        assertThatThrownBy(() -> withFacts("x".repeat(Draft.FACTS_CHARS_MAX + 1)))
                .hasMessageContaining("at most " + Draft.FACTS_CHARS_MAX);
        assertThatThrownBy(() -> withFacts("\uD83D")).hasMessageContaining("surrogate");
        assertThatThrownBy(() -> withFacts("\uDE00\uD83D")).hasMessageContaining("surrogate");
    }

    @Test
    void lists_have_a_limit() {
        var license = new LicenseApplied("MIT", null, 1, "d");
        assertThat(withLicenses(Collections.nCopies(Draft.ENTRIES_MAX, license)).licenses())
                .hasSize(Draft.ENTRIES_MAX);
        assertThatThrownBy(() -> withLicenses(Collections.nCopies(Draft.ENTRIES_MAX + 1, license)))
                .hasMessageContaining("at most " + Draft.ENTRIES_MAX);
    }

    @Test
    void a_receipt_has_a_size_limit() {
        // Each character takes three bytes, so the facts may fit while the receipt does not.
        var fixed = Receipt.encode(withFacts("")).bytesMax();
        var room = Receipt.RECEIPT_BYTES_MAX - fixed;
        var fits = "€".repeat(room / 3) + "x".repeat(room % 3);
        assertThat(Receipt.encode(withFacts(fits)).bytesMax()).isEqualTo(Receipt.RECEIPT_BYTES_MAX);
        assertThat(new Receipt(Long.MAX_VALUE, withFacts(fits)).encode()).hasSize(Receipt.RECEIPT_BYTES_MAX);
        assertThatThrownBy(() -> Receipt.encode(withFacts(fits + "x")))
                .hasMessageContaining("at most " + Receipt.RECEIPT_BYTES_MAX);
    }

    private static void refused(String json, String why) {
        assertThatThrownBy(() -> Receipt.parse(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    private static Draft withFacts(String facts) {
        return with(DRAFT.licenses(), facts);
    }

    private static Draft withLicenses(List<LicenseApplied> licenses) {
        return with(licenses, DRAFT.facts());
    }

    private static Draft with(List<LicenseApplied> licenses, String facts) {
        return new Draft(
                DRAFT.time(),
                DRAFT.request(),
                DRAFT.decision(),
                DRAFT.tenant(),
                DRAFT.model(),
                DRAFT.weights(),
                licenses,
                facts,
                DRAFT.verdict(),
                DRAFT.reasons(),
                DRAFT.obligations(),
                DRAFT.phase(),
                DRAFT.catalog());
    }
}
