/**
 * A variant is a checkpoint in certain numerics: which one to take, why, and how far its answers are from the checkpoint's own. Used by
 * the service and by the command.
 */
@NullMarked
package io.weighbridge.inference.variant;

import org.jspecify.annotations.NullMarked;
