/** The PyTorch back end through DJL: the only package that imports {@code ai.djl}. */
@NullMarked
package io.weighbridge.inference.djl;

import org.jspecify.annotations.NullMarked;
