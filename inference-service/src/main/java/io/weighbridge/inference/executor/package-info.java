/** Which executor runs a decoder: the engine's kernels for quantized weights, libtorch for all others. */
@NullMarked
package io.weighbridge.inference.executor;

import org.jspecify.annotations.NullMarked;
