/** How bytes come in: sources in order, pinned digests, resumable pulls, and the reading of weight file headers nobody has vouched for. */
@NullMarked
package io.weighbridge.registry.ingest;

import org.jspecify.annotations.NullMarked;
