/**
 * The registry's catalog as last seen. It outlives the registry and this process.
 */
@NullMarked
package io.weighbridge.gateway.snapshot;

import org.jspecify.annotations.NullMarked;
