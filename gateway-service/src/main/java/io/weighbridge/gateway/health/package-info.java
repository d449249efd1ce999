/**
 * Probes that tell the truth: ready means that a completion would succeed.
 */
@NullMarked
package io.weighbridge.gateway.health;

import org.jspecify.annotations.NullMarked;
