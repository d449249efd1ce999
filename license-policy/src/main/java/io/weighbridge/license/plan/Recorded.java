package io.weighbridge.license.plan;

import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.receipts.Receipt;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * A decision that was taken, with the facts it rested on.
 *
 * @param decision its id
 * @param verdict the verdict's word
 * @param catalog digest of the terms catalog that decided
 */
public record Recorded(
        String decision, Instant time, String tenant, String model, Use use, String verdict, String catalog) {
    /** What a receipt records, or an exception when its facts are none. */
    public static Recorded of(Receipt receipt) {
        var draft = receipt.draft();
        return new Recorded(
                draft.decision(),
                draft.time(),
                draft.tenant(),
                draft.model(),
                UseJson.read(
                        "the facts of receipt " + receipt.sequence(),
                        draft.facts().getBytes(StandardCharsets.UTF_8)),
                draft.verdict().word(),
                draft.catalog());
    }
}
