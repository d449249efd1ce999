package io.weighbridge.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.receipts.Keys;
import io.weighbridge.license.receipts.Proof;
import io.weighbridge.license.receipts.ReceiptLines;
import io.weighbridge.license.receipts.ReceiptVerifier;
import io.weighbridge.license.receipts.Recovery;
import io.weighbridge.license.receipts.Verification;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Checks, exports and proves the receipts of a gateway, offline. Exit status: 0 as they were written, 1 damaged or tampered with, 2 wrong
 * call or no receipts there.
 */
@Command(
        name = "receipts",
        description = "Checks, exports and proves the receipts of license decisions, offline.",
        subcommands = {
            ReceiptsCommand.Verify.class,
            ReceiptsCommand.Export.class,
            ReceiptsCommand.Prove.class,
            ReceiptsCommand.Check.class
        },
        mixinStandardHelpOptions = true)
final class ReceiptsCommand implements Callable<Integer> {
    private static final int DAMAGED = 1;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return CommandLine.ExitCode.USAGE;
    }

    /** The folder and the key to trust. */
    static final class Source {
        private static final String DIR = "folder with the receipts (default: gateway/receipts in WEIGHBRIDGE_HOME)";

        @Option(
                names = "--key",
                paramLabel = "FILE",
                description = "public key (PEM) kept elsewhere; without it the one in the folder is believed")
        private @Nullable Path key;

        ReceiptVerifier open(@Nullable Path dir) {
            try {
                var folder = dir == null ? defaultFolder() : dir;
                return key == null ? ReceiptVerifier.of(folder) : ReceiptVerifier.of(folder, Keys.read(key));
            } catch (UncheckedIOException unreadable) {
                throw new IllegalArgumentException(unreadable.getMessage(), unreadable);
            }
        }

        /** Where the launcher lets the gateway write. */
        private static Path defaultFolder() {
            var home = System.getenv("WEIGHBRIDGE_HOME");
            return Path.of(home == null || home.isBlank() ? ".weighbridge" : home, "gateway", "receipts");
        }
    }

    /** Checks a whole log. */
    @Command(
            name = "verify",
            description = {
                "Finds any changed, removed or reordered record and names it.",
                "It cannot find that the whole folder was put back to an older state: note the signed root or the count that"
                        + " it prints, elsewhere, and expect it the next time."
            },
            mixinStandardHelpOptions = true)
    static final class Verify implements Callable<Integer> {
        @Parameters(arity = "0..1", paramLabel = "DIR", description = Source.DIR)
        private @Nullable Path dir;

        @Mixin
        private Source source;

        @Option(names = "--expect-root", paramLabel = "ROOT", description = "a signed root noted earlier must be there")
        private @Nullable String expectedRoot;

        @Option(names = "--expect-count", paramLabel = "N", description = "at least so many receipts must be there")
        private long expectedCount;

        @Option(names = "--json", description = "print one JSON object")
        private boolean json;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            var log = source.open(dir).expectCount(expectedCount);
            var found = (expectedRoot == null ? log : log.expectRoot(expectedRoot)).verify();
            var out = spec.commandLine().getOut();
            if (json) {
                out.println(new ObjectMapper().writeValueAsString(fields(found)));
            } else {
                text(found).forEach(out::println);
            }
            out.flush();
            return found.isVerified() ? 0 : DAMAGED;
        }

        private static Map<String, Object> fields(Verification found) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("verified", found.isVerified());
            fields.put("receipts", found.receipts());
            fields.put("signed", found.signed());
            fields.put("root", found.last() == null ? "" : found.last().root());
            fields.put("key", found.last() == null ? "" : found.last().keyId());
            var problems = found.problems().stream()
                    .map(problem -> {
                        var entry = new LinkedHashMap<String, Object>();
                        entry.put("kind", problem.kind().name().toLowerCase(Locale.ROOT));
                        entry.put("sequence", problem.sequence());
                        entry.put("file", problem.file());
                        entry.put("offset", problem.offset());
                        entry.put("message", problem.message());
                        return entry;
                    })
                    .toList();
            fields.put("problems", problems);
            fields.put(
                    "recoveries",
                    found.recoveries().stream().map(Recovery::describe).toList());
            fields.put("notes", found.notes());
            return fields;
        }

        private List<String> text(Verification found) {
            var lines = new ArrayList<String>();
            lines.add(
                    found.isVerified()
                            ? "verified: %d receipts, %d of them signed".formatted(found.receipts(), found.signed())
                            : "DAMAGED: the receipts are not as they were written");
            found.problems().forEach(problem -> lines.add("problem  " + problem.message()));
            if (found.problems().size() == ReceiptVerifier.PROBLEMS_MAX) {
                lines.add("problem  there may be more; no more than %d are listed"
                        .formatted(ReceiptVerifier.PROBLEMS_MAX));
            }
            found.recoveries().forEach(recovery -> lines.add("note     " + recovery.describe()));
            found.notes().forEach(note -> lines.add("note     " + note));
            var last = found.last();
            if (last != null) {
                lines.add("root     %s (the newest that fits: receipts up to %d, %s)"
                        .formatted(last.root(), last.last(), last.time()));
                lines.add("key      " + last.keyId());
            }
            if (source.key == null) {
                lines.add("note     the key is the one in the folder; keep a copy elsewhere and give it with --key");
            }
            return lines;
        }
    }

    /** Prints a log as JSON lines. */
    @Command(
            name = "export",
            description = "Prints the receipts as JSON lines, and says on the error stream if they are damaged.",
            mixinStandardHelpOptions = true)
    static final class Export implements Callable<Integer> {
        @Parameters(arity = "0..1", paramLabel = "DIR", description = Source.DIR)
        private @Nullable Path dir;

        @Mixin
        private Source source;

        @Option(names = "--output", paramLabel = "FILE", description = "write there instead of printing")
        private @Nullable Path output;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            var log = source.open(dir);
            var found = output == null ? print(log) : write(log, output);
            if (!found.isVerified()) {
                var err = spec.commandLine().getErr();
                found.problems().forEach(problem -> err.println("weighbridge: " + problem.message()));
                err.flush();
            }
            return found.isVerified() ? 0 : DAMAGED;
        }

        private static Verification write(ReceiptVerifier log, Path output) throws IOException {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(output))) {
                return ReceiptLines.export(log, out);
            }
        }

        /** Through the command's own writer, which tests replace. */
        private Verification print(ReceiptVerifier log) {
            var out = spec.commandLine().getOut();
            var found = log.verify((_, content) -> out.println(new String(content, StandardCharsets.UTF_8)));
            out.flush();
            return found;
        }
    }

    /** Prints the proof of one receipt. */
    @Command(
            name = "prove",
            description = "Prints a proof that one receipt is in the log; it can be checked with the public key alone.",
            mixinStandardHelpOptions = true)
    static final class Prove implements Callable<Integer> {
        @Parameters(
                index = "0",
                paramLabel = "SEQ|DECISION_ID",
                description = "the receipt's number, or its decision's id")
        private String which;

        @Parameters(index = "1", arity = "0..1", paramLabel = "DIR", description = Source.DIR)
        private @Nullable Path dir;

        @Mixin
        private Source source;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            var proof = source.open(dir)
                    .prove(receipt -> receipt.draft().decision().equals(which)
                            || Long.toString(receipt.sequence()).equals(which));
            if (proof == null) {
                throw new IllegalArgumentException(
                        "no receipt %s under a sound signed root: see 'receipts verify'".formatted(which));
            }
            spec.commandLine().getOut().println(proof.encode());
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    /** Checks a proof. */
    @Command(
            name = "check",
            description = "Checks a proof that 'prove' printed, and prints the receipt that it proves.",
            mixinStandardHelpOptions = true)
    static final class Check implements Callable<Integer> {
        @Parameters(paramLabel = "PROOF", description = "file with the proof")
        private Path file;

        @Option(names = "--key", paramLabel = "FILE", required = true, description = "public key (PEM) that signed")
        private Path key;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            var trusted = Keys.read(key);
            try {
                var receipt = Proof.parse(bytes()).check(trusted);
                spec.commandLine().getOut().println(new String(receipt.encode(), StandardCharsets.UTF_8));
                spec.commandLine().getOut().flush();
                return 0;
            } catch (IllegalArgumentException unproven) {
                spec.commandLine().getErr().println("weighbridge: nothing is proven: " + unproven.getMessage());
                spec.commandLine().getErr().flush();
                return DAMAGED;
            }
        }

        private byte[] bytes() {
            try {
                // Read no more than a proof can have, whatever the file is.
                try (var in = Files.newInputStream(file)) {
                    return in.readNBytes(Proof.PROOF_BYTES_MAX + 1);
                }
            } catch (IOException unreadable) {
                throw new UncheckedIOException("cannot read %s: %s".formatted(file, unreadable), unreadable);
            }
        }
    }
}
