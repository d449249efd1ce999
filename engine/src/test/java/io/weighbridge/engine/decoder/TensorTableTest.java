package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorTableTest {
    @ParameterizedTest
    @CsvSource({"1, 1024", "128, 1024", "1000, 8000"})
    void names_that_are_looked_for_have_a_limit(int stored, int names) {
        var table = new TensorTable(checkpoint(stored), UnaryOperator.identity());
        for (int i = 0; i < names / 2; i++) { // each move looks for weight and bias
            table.move("role" + i, "name" + i);
        }
        assertThatThrownBy(() -> table.move("role", "name"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("has %d tensors, far too few".formatted(stored));
    }

    private static Checkpoint checkpoint(int tensors) {
        var tensor = new Tensor("t", TensorType.F32, List.of(1L), MemorySegment.ofArray(new byte[4]));
        var byName = IntStream.range(0, tensors).boxed().collect(Collectors.toMap(i -> "t" + i, _ -> tensor));
        return new Checkpoint() {
            @Override
            public Map<String, Tensor> tensors() {
                return byName;
            }

            @Override
            public Metadata metadata() {
                return new Metadata.Gguf(Map.of());
            }

            @Override
            public void close() {}
        };
    }
}
