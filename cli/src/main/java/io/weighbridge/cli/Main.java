package io.weighbridge.cli;

import io.weighbridge.cli.license.LicenseCommand;
import io.weighbridge.cli.license.UnreachableException;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.runner.RunnerException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The weighbridge command's offline tools. Starting and stopping services is the launcher's business. */
@Command(
        name = "weighbridge",
        description = "Open-weight language models, served under their licenses.",
        subcommands = {
            ParityCommand.class,
            BenchCommand.class,
            LogitsCommand.class,
            InspectCommand.class,
            PassportCommand.class,
            LicenseCommand.class,
            ReceiptsCommand.class,
            OpennessCommand.class
        },
        mixinStandardHelpOptions = true)
public final class Main {
    private static final int HELP_COLUMNS = 110;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** Exit status: 0 done, 1 the answer is no or something outside failed, 2 wrong call or unusable input; commands add theirs. */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setUsageHelpWidth(HELP_COLUMNS)
                .setExecutionExceptionHandler((failure, command, result) -> complain(failure, command.getErr()));
    }

    private static int complain(Exception failure, PrintWriter err) throws Exception {
        if (failure instanceof CheckpointException
                || failure instanceof RunnerException
                || failure instanceof UncheckedIOException
                || failure instanceof IllegalArgumentException) {
            err.println("weighbridge: " + failure.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        if (failure instanceof UnreachableException) {
            err.println("weighbridge: " + failure.getMessage());
            return LicenseCommand.FAILED;
        }
        throw failure;
    }
}
