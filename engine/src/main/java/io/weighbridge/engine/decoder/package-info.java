/** What a decoder is, read from a checkpoint's configuration: one DecoderSpec, one table of tensor names per family. */
@NullMarked
package io.weighbridge.engine.decoder;

import org.jspecify.annotations.NullMarked;
