/** The gRPC side of the replica. Uni and Multi may appear only here. */
@NullMarked
package io.weighbridge.inference.grpc;

import org.jspecify.annotations.NullMarked;
