/**
 * Requests that kill the process. What is being computed is noted where a killed process leaves it behind; what a process died of is
 * computed apart when it comes again, and refused when that killed a process too.
 */
@NullMarked
package io.weighbridge.inference.flight;

import org.jspecify.annotations.NullMarked;
