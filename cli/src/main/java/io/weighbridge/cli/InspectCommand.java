package io.weighbridge.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.cli.license.UnreachableException;
import io.weighbridge.engine.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a checkpoint is and what it takes to serve it, without loading it. */
@Command(
        name = "inspect",
        description = {
            "Says what a checkpoint holds: architecture, tensors, tokenizer, chat template, license, digests, and what serving it",
            "takes in memory. Exit status 1 if it cannot be read."
        },
        mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    @Parameters(paramLabel = "FILE|FOLDER|MODEL", description = "a .gguf file, a folder, or a model that is pulled")
    private String subject;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Option(names = "--tensors", description = "list every tensor")
    private boolean tensors;

    @Option(names = "--no-digests", description = "do not read the files to compute digests; no passport is found then")
    private boolean noDigests;

    @Option(
            names = "--blobs",
            paramLabel = "FOLDER",
            description = "where blobs and passports lie (default: blobs in the state folder)")
    private @Nullable Path blobs;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        var folder = blobs != null ? blobs : CheckpointSource.home().resolve("blobs");
        try {
            var source = CheckpointSource.find(subject, folder);
            var tree = new Inspection(source, folder, tensors, !noDigests).tree();
            var out = spec.commandLine().getOut();
            out.println(json ? new ObjectMapper().writeValueAsString(tree) : InspectPage.of(tree));
            out.flush();
            return 0;
        } catch (CheckpointException | UnreachableException e) {
            spec.commandLine().getErr().println("weighbridge: " + e.getMessage());
            return FAILED;
        }
    }
}
