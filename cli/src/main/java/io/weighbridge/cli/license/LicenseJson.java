package io.weighbridge.cli.license;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.explain.Explanation;
import io.weighbridge.license.policy.VerdictJson;
import io.weighbridge.license.terms.Terms;

/** Licenses as JSON for scripts. */
final class LicenseJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private LicenseJson() {}

    /** {@code {key, id, aliases, name, class, steward, url, version, digest, summary}}. */
    static ObjectNode brief(Terms terms) {
        var root = JSON.createObjectNode().put("key", terms.key()).put("id", terms.id());
        var aliases = root.putArray("aliases");
        terms.aliases().stream().sorted().forEach(aliases::add);
        return root.put("name", terms.name())
                .put("class", VerdictJson.word(terms.licenseClass()))
                .put("steward", terms.steward())
                .put("url", terms.url())
                .put("version", terms.version())
                .put("digest", terms.digest())
                .put("summary", terms.summary());
    }

    /** The brief form, and {@code sections: [{title, clauses: [...]}]} and {@code facts: {name: meaning}}. */
    static ObjectNode explained(Terms terms, Explanation explanation) {
        var root = brief(terms);
        var policies = root.putArray("policies");
        terms.policies()
                .forEach(policy -> policies.addObject()
                        .put("id", policy.id())
                        .put("name", policy.name())
                        .put("url", policy.url())
                        .put("version", policy.version())
                        .put("digest", policy.digest())
                        .put("mutable", policy.mutable()));
        var sections = root.putArray("sections");
        for (var section : explanation.sections()) {
            var clauses = sections.addObject().put("title", section.title()).putArray("clauses");
            for (var entry : section.entries()) {
                var clause = entry.clause();
                var node = clauses.addObject()
                        .put("clause", clause.id())
                        .put("source", entry.source())
                        .put("section", clause.section())
                        .put("text", clause.text())
                        .put("confidence", VerdictJson.word(clause.confidence()))
                        .put("provenance", VerdictJson.word(clause.provenance()));
                entry.details().forEach(detail -> node.put(detail.label(), detail.text()));
            }
        }
        var facts = root.putObject("facts");
        explanation.facts().forEach(facts::put);
        return root;
    }
}
