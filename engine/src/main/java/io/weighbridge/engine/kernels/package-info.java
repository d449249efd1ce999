/**
 * Forward passes over quantized weights on CPU, in the Vector API. Weights stay quantized and are read once a step; every row's
 * reduction has one order, so that logits depend neither on the number of threads nor on what else is in the batch.
 */
@NullMarked
package io.weighbridge.engine.kernels;

import org.jspecify.annotations.NullMarked;
