package io.weighbridge.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.cli.license.UnreachableException;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.djl.DjlTokenizer;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.variant.Machine;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import io.weighbridge.inference.variant.PassportMeter;
import io.weighbridge.inference.variant.PassportStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how far a checkpoint's answers in certain numerics are from those of the same weights in float32, and keeps it. */
@Command(
        name = "passport",
        description = {
            "Compares a checkpoint in certain numerics with the same weights in float32 over bundled texts, and keeps the figures",
            "where the inference service finds them. Exit status 1 if they are outside the limits that the service has by default."
        },
        mixinStandardHelpOptions = true)
final class PassportCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    /** Room for all texts, with some to spare. */
    private static final int KV_PLACES = 512;

    @Parameters(paramLabel = "FILE|FOLDER|MODEL", description = "a .gguf file, a folder, or a model that is pulled")
    private String subject;

    @Option(names = "--numerics", defaultValue = "auto", description = "what to measure (default: what auto picks)")
    private String numerics;

    @Option(names = "--threads", defaultValue = "2", description = "threads of one operation (default: 2)")
    private int threads;

    @Option(names = "--seconds", defaultValue = "300", description = "end after this (default: 300)")
    private int seconds;

    @Option(
            names = "--blobs",
            paramLabel = "FOLDER",
            description = "where passports lie (default: blobs in the state folder)")
    private @Nullable Path blobs;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        var folder = blobs != null ? blobs : CheckpointSource.home().resolve("blobs");
        try {
            return measure(CheckpointSource.find(subject, folder), new PassportStore(folder));
        } catch (CheckpointException | UnreachableException e) {
            spec.commandLine().getErr().println("weighbridge: " + e.getMessage());
            return FAILED;
        }
    }

    private int measure(CheckpointSource source, PassportStore store) throws IOException {
        var machine = Machine.here();
        try (var checkpoint = source.open()) {
            var decoder = Decoders.of(checkpoint);
            var workload = new MemoryNeed.Workload(KV_PLACES, KV_PLACES, 1, threads);
            var choice = NumericsChoice.of(numerics, decoder, workload, machine.defaultBudgetBytes(), machine);
            if (Executors.holdsExactly(decoder, choice.numerics())) {
                return print(source, choice, new Passport.Exact());
            }
            long bytes = choice.need().total()
                    + PassportMeter.referenceNeed(decoder, threads).total();
            if (bytes > machine.memoryBytes()) {
                throw new CheckpointException("the model and its float32 reference need %s, the machine has %s"
                        .formatted(MemoryNeed.mebibytes(bytes), MemoryNeed.mebibytes(machine.memoryBytes())));
            }
            var digest = CheckpointSource.weightsDigest(source.digests());
            try (var runner = Executors.load(decoder, choice.numerics(), KV_PLACES, threads);
                    var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata()))) {
                var passport = PassportMeter.measure(runner, decoder, tokenizer, threads, Duration.ofSeconds(seconds));
                store.put(new Passport.Key(digest, choice.numerics().label(), Executors.VERSION), passport);
                return print(source, choice, passport);
            }
        }
    }

    private int print(CheckpointSource source, NumericsChoice choice, Passport passport) throws IOException {
        boolean within = !(passport instanceof Passport.Measured measured) || measured.within(Passport.Limits.DEFAULT);
        var out = spec.commandLine().getOut();
        if (json) {
            var mapper = new ObjectMapper();
            var tree = mapper.createObjectNode();
            tree.put("name", source.name());
            tree.put("numerics", choice.numerics().label());
            tree.put("exact", passport instanceof Passport.Exact);
            tree.put("within", within);
            if (passport instanceof Passport.Measured measured) {
                tree.put("positions", measured.positions());
                tree.put("meanDivergence", measured.meanDivergence());
                tree.put("largestDivergence", measured.largestDivergence());
                tree.put("topAgreement", measured.topAgreement());
                tree.put("seconds", measured.seconds());
            }
            out.println(mapper.writeValueAsString(tree));
        } else {
            out.println(
                    "%s, numerics %s".formatted(source.name(), choice.numerics().label()));
            out.println(passport.describe());
            if (!within) {
                out.println("outside the limits that the service has by default: it would refuse this variant");
            }
        }
        out.flush();
        return within ? 0 : FAILED;
    }
}
