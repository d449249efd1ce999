/** License names as publishers and files write them, and when two of them mean the same license. */
@NullMarked
package io.weighbridge.registry.licensing;

import org.jspecify.annotations.NullMarked;
