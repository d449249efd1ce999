package io.weighbridge.cli.license;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.openness.OpennessCatalog;
import io.weighbridge.license.plan.Change;
import io.weighbridge.license.plan.ChangeJson;
import io.weighbridge.license.plan.Plan;
import io.weighbridge.license.plan.PlanJson;
import io.weighbridge.license.plan.Recorded;
import io.weighbridge.license.plan.Replay;
import io.weighbridge.license.plan.Situation;
import io.weighbridge.license.plan.TenantsJson;
import io.weighbridge.license.receipts.ReceiptLines;
import io.weighbridge.license.receipts.ReceiptVerifier;
import io.weighbridge.license.terms.TermsReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what a change of facts, terms, conclusions or lineage would do. Changes nothing. */
@Command(
        name = "plan",
        description = {
            "Says who would lose or gain which models if facts or terms change. Changes nothing.",
            "",
            "For each tenant of the keys file and each model of the registry: the verdict before and after, the clauses",
            "that decide, what would be owed, and what could take the place of a lost model.",
            "",
            "A change is a YAML or JSON file; every key may be left out:",
            "",
            "  about: we pass 100 M monthly users",
            "  operator: {monthlyUsers: {group: 100000000, mostEver: null}}   # null: unknown",
            "  tenants: {acme: {commercial: true}, '*': {endUserCountries: [DE, FR]}}",
            "  terms: [gemma-v2.yaml]              # beside this file; replaces the terms of that id",
            "  policies: [gemma-policy-v2.yaml]    # the same for use policies",
            "  conclusions: {a/model: MIT, b/model: null}",
            "  madeFrom: {a/model: [{model: c/base, relation: fine-tune}]}",
            "  models: [{model: d/new, license: {declared: mit, concluded: MIT}}]",
            ""
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:the plan is made, whatever it says",
            "1:it could not be made, for instance because no registry answers",
            "2:wrong call or unusable input"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class PlanCommand implements Callable<Integer> {
    /** Where the gateway's own setting says that its keys file is. */
    static final String KEYS_VARIABLE = "WEIGHBRIDGE_GATEWAY_KEYS_FILE";

    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(
            names = "--change",
            required = true,
            paramLabel = "FILE",
            description = "the change; - reads standard input")
    private String change = "";

    @Option(
            names = "--keys",
            paramLabel = "FILE",
            description = "the gateway's keys file, for operator and tenants (default: $" + KEYS_VARIABLE + ")")
    private @Nullable String keys;

    @Mixin
    private RegistryOptions registry;

    @Option(
            names = "--receipts",
            paramLabel = "PATH",
            description = {
                "a folder of receipts, or a file of 'receipts export': decides the recorded decisions anew and",
                "lists those that the change would turn, and those that do not come out as recorded even without it"
            })
    private @Nullable Path receipts;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        var catalog = Catalogs.shipped();
        var wanted = ChangeJson.read(
                change, Files.read(change, ChangeJson.CHANGE_BYTES_MAX), catalog, this::besideTheChange);
        var keysFile = keys != null ? keys : keysFile(System.getenv());
        var tenants = TenantsJson.read(keysFile, Files.read(keysFile, TenantsJson.KEYS_BYTES_MAX));
        var openness = OpennessCatalog.shipped();
        var models = registry.models().stream()
                .map(candidate -> candidate.rated(openness))
                .toList();
        var before = new Situation(tenants.operator(), tenants.tenants(), models, catalog);
        var plan = Plan.of(before, wanted);
        var replay = receipts == null ? null : replay(before, wanted, receipts);
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(JSON.writeValueAsString(PlanJson.write(plan, replay)));
            out.flush();
        } else {
            new PlanPage(new Page(out)).print(before, plan, replay);
        }
        return 0;
    }

    static String keysFile(Map<String, String> environment) {
        var file = environment.get(KEYS_VARIABLE);
        if (file == null || file.isBlank()) {
            throw new IllegalArgumentException(
                    "whose plan? Give --keys FILE, the gateway's keys file with operator and tenants, or set "
                            + KEYS_VARIABLE);
        }
        return file;
    }

    private byte[] besideTheChange(String name) {
        var file = change.equals(Files.STANDARD_INPUT)
                ? Path.of(name)
                : Path.of(change).resolveSibling(name);
        return Files.read(file.toString(), TermsReader.TERMS_BYTES_MAX);
    }

    private static Replay.Report replay(Situation before, Change change, Path receipts) throws IOException {
        var replay = new Replay(before, change);
        if (java.nio.file.Files.isDirectory(receipts)) {
            var log = ReceiptVerifier.of(receipts).verify((receipt, _) -> replay.add(Recorded.of(receipt)));
            if (!log.isVerified()) {
                throw new IllegalArgumentException(
                        "%s is not as it was written, so replaying it proves nothing; see 'receipts verify': %s"
                                .formatted(receipts, log.problems().getFirst()));
            }
        } else {
            try (var lines = java.nio.file.Files.newBufferedReader(receipts)) {
                ReceiptLines.read(lines, receipt -> replay.add(Recorded.of(receipt)));
            } catch (java.nio.file.NoSuchFileException missing) {
                throw new IllegalArgumentException("cannot read %s: no such file".formatted(receipts), missing);
            } catch (IllegalArgumentException broken) {
                throw new IllegalArgumentException("%s: %s".formatted(receipts, broken.getMessage()), broken);
            }
        }
        return replay.report();
    }
}
