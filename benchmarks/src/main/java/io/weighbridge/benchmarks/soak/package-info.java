/**
 * Many mixed requests against the running services for minutes, and whether anything grows meanwhile. Needs the JDK alone, so that
 * it runs from its sources.
 */
@NullMarked
package io.weighbridge.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
