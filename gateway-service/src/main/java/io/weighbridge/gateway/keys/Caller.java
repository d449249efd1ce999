package io.weighbridge.gateway.keys;

import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.terms.Act;

/**
 * Who sends a request: the name of its key, and what operator and tenant declared. The key itself is not kept.
 *
 * @param undeclared the use of a request that says nothing about itself, made once
 * @param facts the same as canonical JSON, for receipts
 */
public record Caller(String name, Use undeclared, String facts) {
    static Caller of(String name, Use.Operator operator, Use.Tenant tenant) {
        var undeclared = new Use(Act.SERVE, operator, tenant, Use.Request.UNDECLARED);
        return new Caller(name, undeclared, UseJson.canonical(undeclared));
    }

    public Use.Tenant tenant() {
        return undeclared.tenant();
    }

    /** The use of a request of this caller. */
    public Use use(Act act, Use.Request request) {
        return act == Act.SERVE && request.equals(Use.Request.UNDECLARED)
                ? undeclared
                : new Use(act, undeclared.operator(), undeclared.tenant(), request);
    }
}
