/**
 * The planner over HTTP: what a change of facts, terms, conclusions or lineage would do to this gateway's tenants. For holders
 * of an admin key; changes nothing.
 */
@NullMarked
package io.weighbridge.gateway.planning;

import org.jspecify.annotations.NullMarked;
