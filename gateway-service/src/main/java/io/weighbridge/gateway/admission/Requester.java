package io.weighbridge.gateway.admission;

import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.license.policy.Use;

/**
 * Who asks, and what the request says about itself.
 *
 * @param declared facts of this request; they narrow what the caller's tenant declared
 */
public record Requester(Caller caller, Use.Request declared, String requestId) {}
