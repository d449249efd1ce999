package io.weighbridge.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.openness.EvidenceFormat;
import io.weighbridge.license.openness.ModelEvidence;
import io.weighbridge.license.openness.MotFormat;
import io.weighbridge.license.openness.OpennessCatalog;
import io.weighbridge.license.openness.OpennessClass;
import io.weighbridge.license.openness.ReportTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** How open a model is and why: from the evidence that comes with Weighbridge, or from a file. */
@Command(
        name = "openness",
        description = "Says how open a model is, why, and what would make it more open.",
        mixinStandardHelpOptions = true)
final class OpennessCommand implements Callable<Integer> {
    private static final OpennessCatalog CATALOG = OpennessCatalog.shipped();

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL|FILE",
            description =
                    "a model such as openai/gpt-oss-20b, or a file of evidence (ours or the Model Openness Tool's)")
    private @Nullable String subject;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Option(names = "--evidence", description = "say for each component where it was seen, by whom and when")
    private boolean sources;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (subject == null) {
            spec.commandLine().usage(spec.commandLine().getErr());
            return CommandLine.ExitCode.USAGE;
        }
        var report = CATALOG.report(evidence(subject));
        print(
                spec,
                json ? new ObjectMapper().writeValueAsString(ReportTree.of(report)) : OpennessText.of(report, sources));
        return 0;
    }

    @Command(name = "list", description = "Lists the models with recorded evidence.", mixinStandardHelpOptions = true)
    int list(@Option(names = "--json", description = "print one JSON array") boolean asJson) throws IOException {
        var reports = CATALOG.all().stream().map(CATALOG::report).toList();
        print(
                spec,
                asJson
                        ? new ObjectMapper()
                                .writeValueAsString(
                                        reports.stream().map(ReportTree::of).toList())
                        : OpennessText.table(reports));
        return 0;
    }

    @Command(
            name = "import",
            description =
                    "Turns a file of the Model Openness Tool into one of ours, on standard output. Its statements become"
                            + " claims of low confidence: raise each when you have looked.",
            mixinStandardHelpOptions = true)
    int read(
            @Parameters(paramLabel = "FILE", description = "the tool's YAML") Path file,
            @Option(
                            names = "--by",
                            defaultValue = "the Model Openness Tool's entry",
                            description = "who is answerable for the statements (default: ${DEFAULT-VALUE})")
                    String by)
            throws IOException {
        var model = MotFormat.read(file.toString(), bytes(file), by, LocalDate.now(ZoneId.systemDefault()));
        print(spec, text(EvidenceFormat.write(model)));
        var claimed = CATALOG.report(model).claimed().reached();
        spec.commandLine()
                .getErr()
                .println(
                        claimed == OpennessClass.NONE
                                ? "read: no class, even if every statement is true"
                                : "read: %s if every statement is true".formatted(claimed.label()));
        return 0;
    }

    @Command(
            name = "export",
            description =
                    "Prints a model's evidence in the Model Openness Tool's format. Only what is released whole goes out:"
                            + " the format has no place for the rest.",
            mixinStandardHelpOptions = true)
    int write(@Parameters(paramLabel = "MODEL|FILE", description = "as above") String model) throws IOException {
        print(spec, text(MotFormat.write(evidence(model))));
        return 0;
    }

    private static ModelEvidence evidence(String subject) throws IOException {
        var recorded = CATALOG.find(subject);
        if (recorded != null) {
            return recorded;
        }
        var file = path(subject);
        if (file == null || !Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    ("nothing is recorded about '%s', and there is no such file; './weighbridge openness list' shows what is"
                                    + " recorded, docs/openness.md how to add a model")
                            .formatted(subject));
        }
        return EvidenceFormat.readEither(file);
    }

    private static @Nullable Path path(String subject) {
        try {
            return Path.of(subject);
        } catch (InvalidPathException notAPath) {
            return null;
        }
    }

    /** The file, or one byte more than a reader takes. */
    private static byte[] bytes(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("there is no file " + file);
        }
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(EvidenceFormat.FILE_BYTES_MAX + 1);
        }
    }

    private static String text(byte[] yaml) {
        return new String(yaml, StandardCharsets.UTF_8).stripTrailing();
    }

    private static void print(CommandSpec spec, String text) {
        var out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
    }
}
