/**
 * Whether this caller may use this model for this purpose. Fails closed; decides on the local snapshot only.
 */
@NullMarked
package io.weighbridge.gateway.admission;

import org.jspecify.annotations.NullMarked;
