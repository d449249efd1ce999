package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A minute of many mixed requests. Only with {@code -Psoak}; for longer, benchmarks/soak.sh. */
@Tag("soak")
class SoakTest {
    @Test
    void a_minute_of_mixed_requests_leaves_nothing_behind() throws IOException, InterruptedException {
        var output = Files.createTempFile("soak", ".out");
        var builder = new ProcessBuilder(
                        "bash", Path.of("..", "benchmarks", "soak.sh").toString(), "1")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        // The build that runs this test has built the services already.
        builder.environment().put("WEIGHBRIDGE_BUILD", "never");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        var process = builder.start();
        var ended = process.waitFor(10, TimeUnit.MINUTES);
        if (!ended) {
            process.destroy();
        }
        var text = Files.readString(output);
        Files.delete(output);
        assertThat(ended).as(text).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        assertThat(text).contains("KV blocks are free");
    }
}
