/** JMH measurements. Figures and how they were taken: docs/benchmarks.md. */
@NullMarked
package io.weighbridge.benchmarks;

import org.jspecify.annotations.NullMarked;
