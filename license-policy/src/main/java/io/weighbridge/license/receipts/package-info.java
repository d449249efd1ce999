/**
 * The proof of what was decided: one receipt for each decision, in an append-only log that is chained by hash and signed in
 * batches, and the means to check it offline. Format and durability: {@code docs/adr/0005-receipts.md}.
 */
@NullMarked
package io.weighbridge.license.receipts;

import org.jspecify.annotations.NullMarked;
