package io.weighbridge.cli.license;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.cli.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples of {@code docs/license-cli.md} print what the page says. A block that begins with {@code # file NAME} is that file; one
 * that begins with {@code $ ./weighbridge} is a command, what it prints, and {@code exit status N}; {@code ...} stands for lines left out.
 */
class DocumentationTest {
    private static final Path PAGE = Path.of("..", "docs", "license-cli.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\w*\\n(.*?)^```$");
    private static final Pattern FILE = Pattern.compile("# file (\\S+)\\n");
    private static final String COMMAND = "$ ./weighbridge ";
    private static final String STATUS = "exit status ";

    @TempDir
    @SuppressWarnings("NullAway.Init") // the test framework sets it
    private Path folder;

    @Test
    void every_example_prints_what_the_page_says() throws Exception {
        var commands = 0;
        var blocks = BLOCK.matcher(Files.readString(PAGE));
        while (blocks.find()) {
            var block = blocks.group(1);
            var file = FILE.matcher(block);
            if (file.lookingAt()) {
                // JSON has no comments.
                Files.writeString(folder.resolve(file.group(1)), block.substring(file.end()));
            } else if (block.startsWith(COMMAND)) {
                commands++;
                check(block.lines().toList());
            }
        }
        assertThat(commands).isGreaterThan(5);
    }

    private void check(List<String> block) {
        var outcome = Outcome.of(arguments(block.getFirst()));
        var rest = outcome.out() + outcome.err();
        for (var line : block.subList(1, block.size())) {
            if (line.startsWith(STATUS)) {
                assertThat(outcome.exit())
                        .as(block.getFirst())
                        .isEqualTo(Integer.parseInt(line.substring(STATUS.length())));
            } else if (!line.equals("...")) {
                assertThat(rest).as(block.getFirst()).contains(line);
                rest = rest.substring(rest.indexOf(line) + line.length());
            }
        }
    }

    /** The words of a command; files of the page are those in the folder. */
    private String[] arguments(String command) {
        var arguments = new ArrayList<String>();
        for (var word : command.substring(COMMAND.length()).split(" ")) {
            var file = folder.resolve(word);
            arguments.add(Files.isRegularFile(file) ? file.toString() : word);
        }
        return arguments.toArray(String[]::new);
    }
}
