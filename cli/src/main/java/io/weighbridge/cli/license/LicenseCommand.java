package io.weighbridge.cli.license;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about licenses. */
@Command(
        name = "license",
        description = "Asks, explains, lists and plans license decisions.",
        subcommands = {
            CheckCommand.class,
            ExplainCommand.class,
            ListCommand.class,
            PlanCommand.class,
            SchemaCommand.class
        },
        mixinStandardHelpOptions = true)
public final class LicenseCommand implements Runnable {
    /** Exit status when the verdict is undetermined. */
    public static final int UNDETERMINED = 3;

    /** Exit status when the verdict is prohibited. */
    public static final int PROHIBITED = 4;

    /** Exit status when something outside failed, such as a registry that does not answer. */
    public static final int FAILED = CommandLine.ExitCode.SOFTWARE;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which one? check, explain, list, plan or schema");
    }
}
