/**
 * The gateway: an OpenAI-compatible API in front of inference replicas. It admits a request by key and license, picks a
 * replica, and streams the completion.
 */
@NullMarked
package io.weighbridge.gateway;

import org.jspecify.annotations.NullMarked;
