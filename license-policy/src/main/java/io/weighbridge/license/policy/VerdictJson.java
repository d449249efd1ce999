package io.weighbridge.license.policy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.terms.Obligation;
import java.util.Collection;
import java.util.Locale;

/**
 * Writes verdicts as JSON, the same for every entry point.
 *
 * <pre>
 *   {verdict: permitted | undetermined | prohibited,
 *    findings: [{rule, model, license, clause, evidence, howToFix}],        empty when permitted
 *    obligations: [{clause, section, text, on, channel, value}]}             empty unless permitted
 * </pre>
 */
public final class VerdictJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private VerdictJson() {}

    /** The verdict with everything it holds. */
    public static ObjectNode write(Verdict verdict) {
        var root = JSON.createObjectNode().put("verdict", verdict.word());
        root.set("findings", findings(verdict.findings()));
        root.set(
                "obligations",
                verdict instanceof Verdict.Permitted(var obligations)
                        ? obligations(obligations)
                        : JSON.createArrayNode());
        return root;
    }

    public static ArrayNode findings(Collection<Finding> findings) {
        var list = JSON.createArrayNode();
        for (var finding : findings) {
            list.addObject()
                    .put("rule", word(finding.rule()))
                    .put("model", finding.model())
                    .put("license", finding.license())
                    .put("clause", finding.clause())
                    .put("evidence", finding.evidence())
                    .put("howToFix", finding.howToFix());
        }
        return list;
    }

    public static ArrayNode obligations(Collection<Obligation> obligations) {
        var list = JSON.createArrayNode();
        for (var obligation : obligations) {
            list.addObject()
                    .put("clause", obligation.clause().id())
                    .put("section", obligation.clause().section())
                    .put("text", obligation.clause().text())
                    .put("on", word(obligation.on()))
                    .put("channel", word(obligation.channel()))
                    .put("value", obligation.value());
        }
        return list;
    }

    /** As JSON and people write it: {@code not-restricted}. */
    public static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
