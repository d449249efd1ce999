/**
 * The question (a use), the answer (a verdict) and the function between them. An unknown fact, license or clause never
 * yields a permission.
 */
@NullMarked
package io.weighbridge.license.policy;

import org.jspecify.annotations.NullMarked;
