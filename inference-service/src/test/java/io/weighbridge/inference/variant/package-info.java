/** Which numerics are taken and why. */
@NullMarked
package io.weighbridge.inference.variant;

import org.jspecify.annotations.NullMarked;
