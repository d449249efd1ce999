/**
 * The receipts of the gate's decisions: what goes into one, and the log that keeps them. What cannot be recorded is not answered.
 */
@NullMarked
package io.weighbridge.gateway.receipts;

import org.jspecify.annotations.NullMarked;
