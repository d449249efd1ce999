package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.admission.Decision;
import io.weighbridge.gateway.admission.LicenseRefusedException;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Obligation.Channel;
import java.util.List;
import java.util.Locale;

/** Licenses, decisions and refusals as JSON, the same wherever they appear. */
final class LicenseJson {
    private LicenseJson() {}

    /** The object {@code license} of a response. */
    static ObjectNode of(Decision decision) {
        return block(decision.model(), decision.verdict()).put("decision_id", decision.id());
    }

    /** The license of a model and what it means for this caller. */
    static ObjectNode block(Snapshot.Model model, Verdict verdict) {
        var block =
                Json.object().put("model", model.id()).put("id", model.labels().license());
        var terms = model.terms();
        block.put("name", terms == null ? null : terms.name())
                .put("url", terms == null ? null : terms.url())
                .put("verdict", verdict.word());
        var obligations = block.putArray("obligations");
        var display = block.putArray("display");
        if (verdict instanceof Permitted(var owed)) {
            for (var obligation : owed) {
                obligations.add(obligation(model, obligation));
                if (obligation.channel() == Channel.DISPLAY) {
                    display.add(obligation.value());
                }
            }
        }
        return block;
    }

    /** What a refusal adds to the error object. */
    static void refusal(ObjectNode error, LicenseRefusedException refused) {
        findings(error.putArray("findings"), refused.findings());
        if (!refused.questions().isEmpty()) {
            missingFacts(error.putArray("missing_facts"), refused.questions());
        }
        var alternatives = error.putArray("permitted_alternatives");
        refused.alternatives().forEach(alternatives::add);
    }

    static void findings(ArrayNode array, List<Finding> findings) {
        for (var finding : findings) {
            array.addObject()
                    .put("rule", code(finding.rule()))
                    .put("model", finding.model())
                    .put("license", finding.license())
                    .put("clause", finding.clause())
                    .put("evidence", finding.evidence())
                    .put("how_to_fix", finding.howToFix());
        }
    }

    static void missingFacts(ArrayNode array, List<Finding> questions) {
        for (var question : questions) {
            array.addObject()
                    .put("license", question.license())
                    .put("clause", question.clause())
                    .put("question", question.evidence())
                    .put("how_to_declare", question.howToFix());
        }
    }

    static ObjectNode obligation(Snapshot.Model model, Obligation obligation) {
        return Json.object()
                .put("license", model.applied().owed(obligation).license())
                .put("clause", obligation.clause().id())
                .put("section", obligation.clause().section())
                .put("text", obligation.clause().text())
                .put("channel", code(obligation.channel()))
                .put("value", obligation.value());
    }

    /** As JSON and YAML spell it: {@code text-notice}. */
    static String code(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
