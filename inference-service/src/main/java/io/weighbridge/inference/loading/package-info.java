/** From a model's name to weights in memory: asks the registry, finds or fetches blobs, opens the checkpoint. Also what is loaded now. */
@NullMarked
package io.weighbridge.inference.loading;

import org.jspecify.annotations.NullMarked;
