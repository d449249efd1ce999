package io.weighbridge.cli.license;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.explain.Explanation;
import io.weighbridge.license.plan.Candidate;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.LineageJson;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.VerdictJson;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Asks whether one use of one model, or of anything under one license, is permitted. */
@Command(
        name = "check",
        description = {
            "Says whether a use is permitted, which clauses decide it, and what is owed in return.",
            "",
            "Name a license (--license), a model of a registry (--model), or a file of models with their licenses and",
            "origins (--models, and --model where it is not the first). Give facts with --facts and --set.",
            ""
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:permitted",
            "1:the question could not be put, for instance because no registry answers",
            "2:wrong call or unusable input",
            "3:undetermined: a fact is missing, and the findings say which",
            "4:prohibited"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(
            names = "--license",
            paramLabel = "KEY",
            description = "key, SPDX id or alias of a license; 'license list' shows them")
    private @Nullable String license;

    @Option(names = "--model", paramLabel = "ID", description = "a model, such as google/gemma-3-270m")
    private @Nullable String model;

    @Option(
            names = "--models",
            paramLabel = "FILE",
            description = {
                "models and what they were made from, YAML or JSON:",
                "models: [{model: a/b, license: {declared: mit, concluded: MIT},",
                "          madeFrom: [{model: c/d, relation: fine-tune}]}]"
            })
    private @Nullable String models;

    @Mixin
    private RegistryOptions registry;

    @Mixin
    private FactsOptions facts;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        var catalog = Catalogs.shipped();
        var use = facts.use();
        var subject = subject(catalog);
        var verdict = LicensePolicy.check(subject, use);
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(JSON.writeValueAsString(json(subject, catalog, use, verdict)));
        } else {
            print(new Page(out), subject, use, verdict);
        }
        out.flush();
        return switch (verdict) {
            case Verdict.Permitted _ -> 0;
            case Verdict.Undetermined _ -> LicenseCommand.UNDETERMINED;
            case Verdict.Prohibited _ -> LicenseCommand.PROHIBITED;
        };
    }

    private Subject subject(TermsCatalog catalog) {
        if (license != null) {
            if (model != null || models != null || registry.given()) {
                throw new IllegalArgumentException(
                        "--license asks about the license itself; leave out --model, --models, --registry and --snapshot");
            }
            var terms = Catalogs.terms(catalog, license);
            return Subject.of(
                    "any model under " + terms.name(), new LicenseClaim(terms.id(), null, terms.id(), false), catalog);
        }
        if (models != null) {
            if (registry.given()) {
                throw new IllegalArgumentException("--models is asked offline; leave out --registry and --snapshot");
            }
            var nodes = LineageJson.read(models, Files.read(models, LineageJson.MODELS_BYTES_MAX));
            var asked = model != null ? model : nodes.getFirst().model();
            return subject(asked, nodes, models, catalog);
        }
        if (model == null) {
            throw new IllegalArgumentException("what is it about? Give --license KEY, --model ID or --models FILE");
        }
        var nodes = registry.models().stream().map(Candidate::node).toList();
        return subject(model, nodes, "the registry", catalog);
    }

    private static Subject subject(String model, List<Lineage.Node> nodes, String where, TermsCatalog catalog) {
        var lineage = Lineage.of(nodes);
        if (lineage.find(model) == null) {
            throw new IllegalArgumentException("%s has no model %s".formatted(where, model));
        }
        return Subject.of(model, lineage, catalog);
    }

    private static ObjectNode json(Subject subject, TermsCatalog catalog, Use use, Verdict verdict)
            throws JsonProcessingException {
        var root = JSON.createObjectNode().put("model", subject.model());
        var licenses = root.putArray("licenses");
        for (var layer : subject.layers()) {
            licenses.addObject()
                    .put("model", layer.model())
                    .put("license", layer.terms().id())
                    .put("version", layer.terms().version())
                    .put("digest", layer.terms().digest());
        }
        root.setAll(VerdictJson.write(verdict));
        root.put("catalog", catalog.digest());
        root.set("facts", JSON.readTree(UseJson.canonical(use)));
        return root;
    }

    private static void print(Page page, Subject subject, Use use, Verdict verdict) {
        page.text(
                0,
                "%s: %s (%s)"
                        .formatted(
                                subject.model(), verdict.word().toUpperCase(Locale.ROOT), VerdictJson.word(use.act())));
        for (var layer : subject.layers()) {
            var origin = layer.model().equals(subject.model())
                    ? ""
                    : (layer.dutiesOnly() ? ", for training on the output of " : ", through ") + layer.model();
            page.text(
                    2,
                    4,
                    "license: %s (%s)%s"
                            .formatted(layer.terms().name(), layer.terms().id(), origin));
        }
        switch (verdict) {
            case Verdict.Permitted(var obligations) -> {
                page.line();
                if (obligations.isEmpty()) {
                    page.text(2, "Nothing is owed in return.");
                }
                for (var obligation : obligations) {
                    page.text(
                            2,
                            2,
                            "You owe: %s (%s)"
                                    .formatted(
                                            obligation.clause().text(),
                                            obligation.clause().section()));
                    page.text(
                            6, 2, "by %s: %s".formatted(Explanation.channel(obligation.channel()), obligation.value()));
                }
            }
            case Verdict.Undetermined(var questions) -> findings(page, "Not settled", subject, questions);
            case Verdict.Prohibited(var clauses) -> findings(page, "Forbidden", subject, clauses);
        }
        page.flush();
    }

    private static void findings(Page page, String what, Subject subject, List<Finding> findings) {
        for (var finding : findings) {
            page.line();
            page.text(
                    2,
                    2,
                    "%s by %s, clause '%s'%s"
                            .formatted(
                                    what,
                                    finding.license(),
                                    finding.clause(),
                                    finding.model().equals(subject.model()) ? "" : ", of " + finding.model()));
            page.text(6, finding.evidence());
            page.text(6, 2, "To fix: " + finding.howToFix());
        }
    }
}
