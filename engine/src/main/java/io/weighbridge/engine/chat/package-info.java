/** Chat messages and the checkpoint's own template for them. */
@NullMarked
package io.weighbridge.engine.chat;

import org.jspecify.annotations.NullMarked;
