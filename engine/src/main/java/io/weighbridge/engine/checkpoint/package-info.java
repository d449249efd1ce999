/** Checkpoint files: GGUF and safetensors, read where they lie. Nothing here computes. */
@NullMarked
package io.weighbridge.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
