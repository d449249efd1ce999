/**
 * API keys and the facts that each one's tenant, and the operator, have declared.
 */
@NullMarked
package io.weighbridge.gateway.keys;

import org.jspecify.annotations.NullMarked;
