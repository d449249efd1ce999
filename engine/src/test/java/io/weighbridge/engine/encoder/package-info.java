/** Tests of encoders, and an encoder in plain loops that they compare with. */
@NullMarked
package io.weighbridge.engine.encoder;

import org.jspecify.annotations.NullMarked;
