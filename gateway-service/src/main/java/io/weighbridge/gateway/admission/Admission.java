package io.weighbridge.gateway.admission;

import io.weighbridge.license.policy.Verdict;

/**
 * One decision of the license gate.
 *
 * @param id names the decision in responses and logs
 * @param license the license id shown to the caller
 * @param licenseUrl where to read it; empty when its terms are not recorded
 */
public record Admission(String id, String license, String licenseUrl, Verdict verdict) {}
