package io.weighbridge.gateway.keys;

import io.weighbridge.license.policy.Use;

/** Who sends a request: the name of its key and what its tenant declared. The key itself is not kept. */
public record Caller(String name, Use.Tenant tenant) {}
