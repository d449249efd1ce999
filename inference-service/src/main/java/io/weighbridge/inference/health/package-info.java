/** What the probes are told. */
@NullMarked
package io.weighbridge.inference.health;

import org.jspecify.annotations.NullMarked;
