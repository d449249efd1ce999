/**
 * Every way a request can fail, once, whatever the protocol.
 */
@NullMarked
package io.weighbridge.gateway.errors;

import org.jspecify.annotations.NullMarked;
