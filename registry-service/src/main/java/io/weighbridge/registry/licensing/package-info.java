/**
 * Judges what the catalog holds: when claims about a license disagree, what a conclusion settles, which texts are which license,
 * and what a model may be made from and be called.
 */
@NullMarked
package io.weighbridge.registry.licensing;

import org.jspecify.annotations.NullMarked;
