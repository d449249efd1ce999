package io.weighbridge.registry.jdbc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A real PostgreSQL of this machine's own package: a cluster in a temporary folder, on loopback, on a free port. */
public final class PostgresServer implements AutoCloseable {
    private static final long START_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);
    private static final String USER = "postgres";

    private final Path folder;
    private final Process process;
    private final int port;

    private PostgresServer(Path folder, Process process, int port) {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    public static PostgresServer start() throws Exception {
        var binaries = binaries();
        var folder = Files.createTempDirectory("weighbridge-postgres-");
        var asUser = new ArrayList<String>();
        if (System.getProperty("user.name").equals("root")) {
            // The server refuses to run as root; setpriv replaces itself with the command, so signals reach the server.
            asUser.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups"));
            var owner = folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER);
            Files.setOwner(folder, owner);
        }
        var data = folder.resolve("data");
        run(asUser, binaries.resolve("initdb").toString(), "-D", data.toString(), "-A", "trust", "-U", USER, "-N");
        var port = freePort();
        var command = new ArrayList<>(asUser);
        command.addAll(List.of(binaries.resolve("postgres").toString(), "-D", data.toString(), "-p", "" + port));
        command.addAll(
                List.of("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        var server = new PostgresServer(folder, process, port);
        server.awaitConnection();
        return server;
    }

    public DataSource database() {
        var database = new PGSimpleDataSource();
        database.setURL(url());
        database.setUser(USER);
        return database;
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(port);
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void awaitConnection() throws Exception {
        var start = System.nanoTime();
        while (true) {
            try (var connection = database().getConnection()) {
                if (connection.isValid(1)) {
                    return;
                }
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() - start > START_NANOS_MAX) {
                    close();
                    throw new IllegalStateException("PostgreSQL did not start", e);
                }
            }
            Thread.sleep(50);
        }
    }

    private static Path binaries() throws IOException {
        var versions = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(versions)) {
            try (var folders = Files.list(versions)) {
                var found = folders.map(v -> v.resolve("bin"))
                        .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                        .max(Comparator.naturalOrder());
                if (found.isPresent()) {
                    return found.get();
                }
            }
        }
        throw new AssertionError("These tests need a PostgreSQL server under /usr/lib/postgresql/VERSION/bin."
                + " Install it with: apt-get install -y postgresql");
    }

    private static void run(List<String> asUser, String... arguments) throws Exception {
        var command = new ArrayList<>(asUser);
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("initdb failed: " + output);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
