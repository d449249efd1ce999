package io.weighbridge.cli.license;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.VerdictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a case's models and facts as the files that a user would have. */
final class CaseFiles {
    private static final ObjectMapper JSON = new ObjectMapper();

    private CaseFiles() {}

    static Path facts(LicenseCase one, Path folder) throws IOException {
        return Files.writeString(folder.resolve("facts.json"), one.facts().toString());
    }

    static Path models(LicenseCase one, Path folder) throws IOException {
        var root = JSON.createObjectNode();
        var models = root.putArray("models");
        one.models().forEach(node -> write(models, node));
        return Files.writeString(folder.resolve("models.json"), root.toString());
    }

    private static void write(ArrayNode models, Lineage.Node node) {
        var model = models.addObject().put("model", node.model());
        var claim = node.claim();
        var license =
                model.putObject("license").put("declared", claim.declared()).put("conflict", claim.conflict());
        if (claim.detected() != null) {
            license.put("detected", claim.detected());
        }
        if (claim.concluded() != null) {
            license.put("concluded", claim.concluded());
        }
        var traits = node.traits();
        if (traits.multimodal() != Answer.UNKNOWN) {
            model.put("multimodal", traits.multimodal() == Answer.YES);
        }
        if (traits.released() != null) {
            model.put("released", traits.released().toString());
        }
        var madeFrom = model.putArray("madeFrom");
        for (var origin : node.origins()) {
            madeFrom.addObject().put("model", origin.model()).put("relation", VerdictJson.word(origin.relation()));
        }
    }
}
