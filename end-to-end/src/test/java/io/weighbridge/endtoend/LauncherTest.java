package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's own promises: harmless twice, one clear line when something is missing, nothing half-started. */
class LauncherTest {
    @TempDir
    private Path home;

    @Test
    void up_twice_is_harmless() throws IOException, InterruptedException {
        var stack = Stack.running();
        var before = stack.launcher.pid("inference");

        var again = stack.launcher.run("up");

        assertThat(again.exit()).isZero();
        assertThat(again.output()).contains("already running").contains("curl -N");
        assertThat(stack.launcher.pid("inference")).isEqualTo(before);
    }

    @Test
    void status_shows_all_three_ready() throws IOException, InterruptedException {
        var status = Stack.running().launcher.run("status");

        assertThat(status.exit()).as(status.output()).isZero();
        assertThat(status.output().lines().filter(line -> line.matches("(registry|inference|gateway) .* yes +yes")))
                .hasSize(3);
    }

    @Test
    void a_busy_port_is_one_clear_line() throws IOException, InterruptedException {
        var launcher = new Launcher(home);
        try (var _ = new ServerSocket(launcher.gatewayPort, 1, InetAddress.getLoopbackAddress())) {
            var up = launcher.run("up");

            assertRefused(launcher, up, String.valueOf(launcher.gatewayPort), "WEIGHBRIDGE_GATEWAY_PORT");
        }
    }

    @Test
    void a_missing_jdk_is_one_clear_line() throws IOException, InterruptedException {
        var launcher = new Launcher(home);
        var withoutJdk = Map.of("JAVA_HOME", "", "WEIGHBRIDGE_JDK_FOLDERS", "/nowhere", "PATH", "/usr/bin:/bin");

        var up = launcher.run(withoutJdk, "up");

        assertRefused(launcher, up, "no JDK 25", "JAVA_HOME");
    }

    @Test
    void a_full_disk_is_one_clear_line() throws IOException, InterruptedException {
        var launcher = new Launcher(home);

        var up = launcher.run(Map.of("WEIGHBRIDGE_DISK_MIB_MIN", "999999999"), "up");

        assertRefused(launcher, up, "MiB free", "WEIGHBRIDGE_HOME");
    }

    @Test
    void a_failed_download_is_one_clear_line_and_stops_what_was_started() throws IOException, InterruptedException {
        var launcher = new Launcher(home);
        // Neither source can deliver: a hub that refuses connections, and pip told to use no index.
        var up = launcher.run(
                Map.of("HF_ENDPOINT", "http://127.0.0.1:9", "PIP_NO_INDEX", "1", "PIP_FIND_LINKS", home.toString()),
                "up");

        assertThat(up.exit()).isNotZero();
        assertThat(up.output()).contains("weighbridge: the model could not be fetched");
        for (var service : new String[] {"registry", "inference", "gateway"}) {
            assertThat(launcher.hasPid(service)).as(service).isFalse();
        }
    }

    @Test
    void a_service_that_does_not_stay_up_is_started_again_so_often_and_no_more()
            throws IOException, InterruptedException {
        var java = Files.createDirectories(home.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho it ran\nexit 3\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        var launcher = new Launcher(home);
        Files.createDirectories(home.resolve("run"));

        var supervised = launcher.run(
                Map.of("JAVA_HOME", home.resolve("jdk").toString(), "WEIGHBRIDGE_RESTARTS_MAX", "1"),
                "supervise",
                "registry");

        assertThat(supervised.exit()).as(supervised.output()).isEqualTo(1);
        assertThat(supervised.output().lines().filter("it ran"::equals)).hasSize(2);
        assertThat(supervised.output())
                .contains("the registry ended with status 3", "restart 1 of 1 in 1 s", "is not started again");
        var status = launcher.run("status");
        assertThat(status.exit()).isEqualTo(1);
        assertThat(status.output()).contains("the registry ended with status 3", "then: ./weighbridge up");
    }

    @Test
    void a_relative_state_folder_lies_where_the_launcher_was_called() throws IOException, InterruptedException {
        var outcome = new Launcher(home).run(Map.of("WEIGHBRIDGE_HOME", "some/place"), "help");

        assertThat(outcome.exit()).isZero();
        assertThat(outcome.output())
                .contains("State: " + Path.of("..").toAbsolutePath().normalize() + "/some/place");
    }

    @Test
    void an_unknown_command_is_refused() throws IOException, InterruptedException {
        var outcome = new Launcher(home).run("fly");

        assertThat(outcome.exit()).isNotZero();
        assertThat(outcome.output()).contains("no command 'fly'");
    }

    private static void assertRefused(Launcher launcher, Launcher.Outcome up, String... parts) {
        assertThat(up.exit()).as(up.output()).isNotZero();
        assertThat(up.output().strip().lines()).as(up.output()).hasSize(1);
        assertThat(up.output()).startsWith("weighbridge: ").contains(parts);
        assertThat(launcher.hasPid("registry")).isFalse();
    }
}
