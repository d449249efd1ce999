package io.weighbridge.cli.license;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.policy.VerdictJson;
import io.weighbridge.license.terms.LicenseClass;
import io.weighbridge.license.terms.Terms;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the licenses whose terms have been read. */
@Command(
        name = "list",
        description = "Lists the licenses whose terms have been read, with key, class and name.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    private static final String COLUMNS = "%-32s %-22s %s";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(
            names = "--class",
            paramLabel = "CLASS",
            description =
                    "only this class: permissive, threshold-permissive, community, rail, noncommercial or research-only")
    private @Nullable String licenseClass;

    @Option(names = "--json", description = "print one JSON array")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        var listed = listed();
        var out = spec.commandLine().getOut();
        if (json) {
            var array = JSON.createArrayNode();
            listed.forEach(terms -> array.add(LicenseJson.brief(terms)));
            out.println(JSON.writeValueAsString(array));
        } else {
            out.println(COLUMNS.formatted("KEY", "CLASS", "NAME"));
            listed.forEach(terms ->
                    out.println(COLUMNS.formatted(terms.key(), VerdictJson.word(terms.licenseClass()), terms.name())));
            out.printf("%n%d licenses. 'license explain KEY' says what one says.%n", listed.size());
        }
        out.flush();
        return 0;
    }

    private List<Terms> listed() {
        var wanted = licenseClass == null ? null : named(licenseClass);
        return Catalogs.shipped().all().stream()
                .filter(terms -> wanted == null || terms.licenseClass() == wanted)
                .sorted(Comparator.comparing(Terms::licenseClass).thenComparing(Terms::key))
                .toList();
    }

    private static LicenseClass named(String name) {
        return Arrays.stream(LicenseClass.values())
                .filter(value -> VerdictJson.word(value).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--class %s: no such class; known: %s"
                        .formatted(
                                name,
                                Arrays.stream(LicenseClass.values())
                                        .map(VerdictJson::word)
                                        .collect(Collectors.joining(", ")))));
    }
}
