/**
 * What a change of facts, terms, conclusions or lineage would do: who loses or gains which model, what takes its place, and
 * which recorded decisions would turn out otherwise. Pure; changes nothing.
 */
@NullMarked
package io.weighbridge.license.plan;

import org.jspecify.annotations.NullMarked;
