package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden case and odd shape in narrow numerics, within the bounds that docs/checkpoints.md states. */
class ParityBoundsTest {
    private static final Path RESOURCES = Path.of("..", "engine", "src", "test", "resources");

    static Stream<Arguments> cases() throws IOException {
        return Stream.concat(folders("golden"), folders("shapes"))
                .flatMap(folder -> Stream.of("bf16", "int8").map(numerics -> Arguments.of(folder, numerics)));
    }

    private static Stream<Path> folders(String parent) throws IOException {
        try (var folders = Files.list(RESOURCES.resolve(parent))) {
            return folders.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void narrow_numerics_keep_their_bounds(Path folder, String numerics) throws IOException {
        var outcome = Outcome.of("parity", folder.toString(), "--json", "--numerics", numerics);

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exit()).as(outcome.out()).isZero();
        assertThat(outcome.json().get("numerics").asText()).isEqualTo(numerics);
        // Above float32's tolerance: it must not have run in float32 by mistake.
        assertThat(outcome.json().get("max_abs_logit_diff").asDouble()).isGreaterThan(1e-4);
    }

    @Test
    void only_mixtures_of_experts_are_held_less_strictly() throws IOException {
        assertThat(heldPositions("llama3")).isEqualTo(1);
        assertThat(heldPositions("mixtral")).isEqualTo(0.5);
    }

    private static double heldPositions(String name) throws IOException {
        var folder = RESOURCES.resolve("golden").resolve(name);
        var outcome = Outcome.of("parity", folder.toString(), "--json", "--numerics", "bf16");
        return outcome.json().get("bounds").get("held_positions").asDouble();
    }
}
