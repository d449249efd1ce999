/**
 * Which replica answers: filter, then score, then pick.
 */
@NullMarked
package io.weighbridge.gateway.routing;

import org.jspecify.annotations.NullMarked;
