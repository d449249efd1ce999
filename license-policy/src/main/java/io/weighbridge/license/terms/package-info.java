/**
 * What a license says, clause by clause, in our own words. Terms are data (YAML resources); this package reads and holds
 * them and decides nothing.
 */
@NullMarked
package io.weighbridge.license.terms;

import org.jspecify.annotations.NullMarked;
