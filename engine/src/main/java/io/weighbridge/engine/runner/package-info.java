/** The port to whatever computes a forward pass. */
@NullMarked
package io.weighbridge.engine.runner;

import org.jspecify.annotations.NullMarked;
