/** Content-addressed files on disk. A blob is visible only whole and only under the digest of its bytes. */
@NullMarked
package io.weighbridge.registry.blobs;

import org.jspecify.annotations.NullMarked;
