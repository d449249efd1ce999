/** Tests of decoder reading, and a plain forward pass that executors are measured against. */
@NullMarked
package io.weighbridge.engine.decoder;

import org.jspecify.annotations.NullMarked;
