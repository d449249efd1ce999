/** How the next token id is picked from logits. */
@NullMarked
package io.weighbridge.engine.sampling;

import org.jspecify.annotations.NullMarked;
