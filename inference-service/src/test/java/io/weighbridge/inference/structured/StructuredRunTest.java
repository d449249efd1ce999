package io.weighbridge.inference.structured;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.inference.djl.StarterModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fixed part of {@code benchmarks/structures.sh}: what the starter model writes under a structure has it, or is the beginning of it. */
class StructuredRunTest {
    private static final ByteArrayOutputStream TOLD = new ByteArrayOutputStream();
    private static StructuredRun run;

    @BeforeAll
    static void load() throws IOException, InterruptedException {
        run = new StructuredRun(StarterModel.file(), 2, new PrintStream(TOLD));
    }

    @AfterAll
    static void close() {
        run.close();
    }

    @ParameterizedTest
    @CsvSource({"SCHEMA, 20", "REGEX, 8", "CHOICE, 4", "GBNF, 6"})
    void what_the_starter_model_writes_is_valid_or_cut_by_length(RandomStructure.Kind kind, int count) {
        var counts = run.write(kind, 0, count);
        assertThat(counts.invalid + counts.failed).as(TOLD::toString).isZero();
        assertThat(counts.done + counts.cut).isEqualTo(count);
        assertThat(counts.done).isGreaterThan(count / 2);
    }
}
