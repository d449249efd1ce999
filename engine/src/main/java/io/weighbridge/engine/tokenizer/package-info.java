/** The tokenizer port, and what turns checkpoint metadata into a tokenizer and token ids back into whole characters. */
@NullMarked
package io.weighbridge.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
