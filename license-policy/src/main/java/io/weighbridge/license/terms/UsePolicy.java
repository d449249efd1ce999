package io.weighbridge.license.terms;

import java.util.List;

/**
 * The machine-readable reading of an acceptable-use policy: a document of its own, beside the license that refers to it.
 *
 * @param version counts up with each change of our reading
 * @param digest {@code sha256:} and hex of the YAML file
 * @param mutable whether its publisher may change it without a new license, so that it has to be watched
 * @param url where people read it
 */
public record UsePolicy(
        String id,
        String name,
        int version,
        String digest,
        boolean mutable,
        String url,
        List<Restriction> restrictions) {
    public UsePolicy {
        restrictions = List.copyOf(restrictions);
        if (version < 1) {
            throw new IllegalArgumentException("policy %s: version starts at 1, not %d".formatted(id, version));
        }
    }
}
