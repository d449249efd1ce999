/** The catalog in memory, held to the same contract as the databases. For tests and tools. */
@NullMarked
package io.weighbridge.registry.inmemory;

import org.jspecify.annotations.NullMarked;
