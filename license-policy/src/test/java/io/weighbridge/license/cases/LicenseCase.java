package io.weighbridge.license.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.LineageJson;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.terms.TermsCatalog;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One case of {@code cases/*.yaml}: the specification of the license decision, readable without Java. The same cases run through
 * the library, the command line, the registry and the gateway; a new case needs no new code.
 *
 * <pre>
 *   models: as {@link LineageJson} reads them
 *   cases:  [{name, model (default: the first), act, operator, tenant, request, verdict, because, without, obligations}]
 *     because      a clause, or a list of clauses, each of which must be among the findings
 *     without      a clause, or a list of clauses, none of which may be among the findings
 *     obligations  all clauses owed, sorted (with verdict permitted)
 * </pre>
 *
 * @param facts the use as its file has it: act, operator, tenant, request
 */
public record LicenseCase(
        String file,
        String name,
        List<Lineage.Node> models,
        String model,
        JsonNode facts,
        Use use,
        String verdict,
        List<String> because,
        List<String> without,
        List<String> obligations) {
    private static final YAMLMapper YAML = new YAMLMapper();

    /** All cases of all files that {@code cases/index.yaml} lists. */
    public static List<LicenseCase> all() {
        var cases = new ArrayList<LicenseCase>();
        for (var file : read("index.yaml").path("files")) {
            cases.addAll(of(file.asText(), read(file.asText())));
        }
        return cases;
    }

    public Subject subject(TermsCatalog catalog) {
        return Subject.of(model, Lineage.of(models), catalog);
    }

    /** What {@code actual} gets wrong, or null: every entry point asks this. */
    public @Nullable String mismatch(Verdict actual) {
        var clauses = actual.findings().stream().map(Finding::clause).toList();
        var owed = actual instanceof Verdict.Permitted(var obligations)
                ? obligations.stream().map(o -> o.clause().id()).toList()
                : List.<String>of();
        return mismatch(actual.word(), clauses, owed);
    }

    /** The same for an entry point that answers with words. */
    public @Nullable String mismatch(String word, List<String> clauses, List<String> owed) {
        if (!word.equals(verdict)) {
            return "%s, not %s: %s".formatted(word, verdict, clauses);
        }
        if (!clauses.containsAll(because)) {
            return "%s for %s, which lacks one of %s".formatted(word, clauses, because);
        }
        if (without.stream().anyMatch(clauses::contains)) {
            return "%s for %s, which has one of %s".formatted(word, clauses, without);
        }
        if (verdict.equals("permitted")
                && !owed.stream().distinct().sorted().toList().equals(obligations)) {
            return "permitted with %s, not with %s".formatted(owed, obligations);
        }
        return null;
    }

    @Override
    public String toString() {
        return file + ": " + name;
    }

    private static List<LicenseCase> of(String file, JsonNode root) {
        var models = LineageJson.nodes(root.path("models"));
        var cases = new ArrayList<LicenseCase>();
        for (var entry : root.path("cases")) {
            var facts = ((ObjectNode) entry.deepCopy()).retain(List.of("act", "operator", "tenant", "request"));
            var name = entry.path("name").asText();
            try {
                cases.add(new LicenseCase(
                        file,
                        name,
                        models,
                        entry.path("model").asText(models.getFirst().model()),
                        facts,
                        UseJson.use(facts),
                        known(entry.path("verdict").asText()),
                        texts(entry.path("because")),
                        texts(entry.path("without")),
                        texts(entry.path("obligations")).stream().sorted().toList()));
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException("%s: %s: %s".formatted(file, name, wrong.getMessage()), wrong);
            }
        }
        return cases;
    }

    private static String known(String verdict) {
        if (!List.of("permitted", "undetermined", "prohibited").contains(verdict)) {
            throw new IllegalArgumentException("no such verdict: '%s'".formatted(verdict));
        }
        return verdict;
    }

    private static List<String> texts(JsonNode node) {
        if (node.isTextual()) {
            return List.of(node.asText());
        }
        var texts = new ArrayList<String>();
        node.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    private static JsonNode read(String file) {
        try (InputStream in = Objects.requireNonNull(LicenseCase.class.getResourceAsStream("/cases/" + file), file)) {
            return YAML.readTree(in);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
