package io.weighbridge.cli.license;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.explain.Explanation;
import io.weighbridge.license.policy.VerdictJson;
import io.weighbridge.license.terms.Terms;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a license says, as a page for people. */
@Command(
        name = "explain",
        description = {
            "Prints what a license says, clause by clause, and which facts it asks for.",
            "",
            "The texts are our readings, not the license. Beside each clause stands where the license says so, how",
            "sure we are, and where the reading comes from: quoted (the license text), published (the publisher's",
            "metadata or documentation) or inferred (our reading where the text is silent or open).",
            "A clause of low or unknown confidence never decides: it leaves the verdict undetermined.",
            ""
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    private static final int LABEL_COLUMNS = 11;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(paramLabel = "KEY", description = "key, SPDX id or alias of a license; 'license list' shows them")
    private String license;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        var terms = Catalogs.terms(Catalogs.shipped(), license);
        var explanation = Explanation.of(terms);
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(JSON.writeValueAsString(LicenseJson.explained(terms, explanation)));
        } else {
            print(new Page(out), terms, explanation);
        }
        out.flush();
        return 0;
    }

    private static void print(Page page, Terms terms, Explanation explanation) {
        page.text(0, "%s (%s)".formatted(terms.name(), terms.id())).line();
        page.text(2, terms.summary()).line();
        head(page, "key", terms.key());
        head(page, "class", VerdictJson.word(terms.licenseClass()));
        head(page, "steward", terms.steward());
        head(page, "text", terms.url());
        head(page, "reading", "version %d, %s".formatted(terms.version(), terms.digest()));
        for (var policy : terms.policies()) {
            head(
                    page,
                    "policy",
                    "%s, %s%s"
                            .formatted(
                                    policy.name(),
                                    policy.url(),
                                    policy.mutable() ? " (its publisher may change it)" : ""));
        }
        for (var section : explanation.sections()) {
            page.line().text(0, section.title());
            for (var entry : section.entries()) {
                entry(page, terms, entry);
            }
        }
        page.line().text(0, "Facts it asks for");
        if (explanation.facts().isEmpty()) {
            page.text(2, "none");
        }
        var width = explanation.facts().keySet().stream()
                .mapToInt(String::length)
                .max()
                .orElse(0);
        explanation.facts().forEach((fact, meaning) -> page.labeled(2, width + 2, fact, meaning));
        page.flush();
    }

    private static void head(Page page, String label, String text) {
        page.labeled(2, LABEL_COLUMNS, label, text);
    }

    private static void entry(Page page, Terms terms, Explanation.Entry entry) {
        var clause = entry.clause();
        page.text(2, 2, "%s: %s".formatted(clause.id(), clause.text()));
        var source = entry.source().equals(terms.id()) ? "" : entry.source() + ", ";
        page.text(
                4,
                2,
                "[%s%s; confidence %s, %s]"
                        .formatted(
                                source,
                                clause.section(),
                                VerdictJson.word(clause.confidence()),
                                VerdictJson.word(clause.provenance())));
        entry.details().forEach(detail -> page.labeled(4, LABEL_COLUMNS, detail.label(), detail.text()));
    }
}
