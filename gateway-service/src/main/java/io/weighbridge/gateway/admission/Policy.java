package io.weighbridge.gateway.admission;

import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;

/** What decides; {@code LicensePolicy::check} but in tests of what happens around it. */
@FunctionalInterface
public interface Policy {
    Verdict check(Subject subject, Use use);
}
