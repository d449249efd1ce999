/**
 * Terms put into words for people: what a license allows, demands, forbids and asks to be told. Decides nothing; every
 * sentence names the clause and the section it comes from.
 */
@NullMarked
package io.weighbridge.license.explain;

import org.jspecify.annotations.NullMarked;
