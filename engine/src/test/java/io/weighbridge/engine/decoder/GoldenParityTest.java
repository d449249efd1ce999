package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenParityTest {
    private static final double LOGIT_DIFFERENCE_MAX = 1e-4;

    static List<String> folders() {
        return Golden.FOLDERS;
    }

    @ParameterizedTest
    @MethodSource("folders")
    void logits_and_greedy_tokens_are_those_of_transformers(String folder) {
        try (var checkpoint = Checkpoints.open(Golden.path(folder))) {
            assertParity(checkpoint, Golden.of(folder));
        }
    }

    static void assertParity(Checkpoint checkpoint, Golden golden) {
        assertParity(Decoders.of(checkpoint), golden);
    }

    static void assertParity(Decoder decoder, Golden golden) {
        var reference = new ReferenceDecoder(decoder);
        double largest = 0;
        for (int position = 0; position < golden.inputIds().length; position++) {
            var logits = reference.next(golden.inputIds()[position]);
            for (int i = 0; i < logits.length; i++) {
                largest = Math.max(largest, Math.abs(logits[i] - golden.logits()[position][i]));
            }
        }
        assertThat(largest).isLessThanOrEqualTo(LOGIT_DIFFERENCE_MAX);
        assertThat(new ReferenceDecoder(decoder).greedy(golden.inputIds(), golden.greedy().length))
                .isEqualTo(golden.greedy());
    }
}
