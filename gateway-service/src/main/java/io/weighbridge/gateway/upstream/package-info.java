/**
 * gRPC to the inference replicas: their status, and one cancellable call per completion.
 */
@NullMarked
package io.weighbridge.gateway.upstream;

import org.jspecify.annotations.NullMarked;
