/**
 * Encoders: what a checkpoint of BERT's kind says about itself, its tensors by role, and how token vectors become one embedding. Which
 * executor computes the token vectors is behind the {@link io.weighbridge.engine.encoder.EncoderRunner} port.
 */
@NullMarked
package io.weighbridge.engine.encoder;

import org.jspecify.annotations.NullMarked;
