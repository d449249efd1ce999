package io.weighbridge.engine.kernels;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import io.weighbridge.engine.decoder.DecoderTensors;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import io.weighbridge.engine.runner.Batch;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Vectors of compiled kernels are registers, never objects. Where the compiler does not inline a method that takes or returns one, it
 * makes an object of each, in some processes and not in others: decode is then slower.
 */
class CompiledVectorsTest {
    private static final int HIDDEN = 128;
    private static final int INNER = 256;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int DIMENSION = 32;
    private static final int VOCABULARY = 320;
    private static final int CONTEXT = 64;
    private static final int THREADS = 2;

    /**
     * What a step of this decoder may allocate: logits, loops, and a few small arrays for each norm. Objects for the vectors of the
     * activations alone are more, those of one product of a matrix are hundreds of kilobytes.
     */
    private static final long BYTES_PER_TOKEN_MAX = 40_000;

    /** The kernels are compiled long before, even beside other tests. */
    private static final Duration WARM_UP_MAX = Duration.ofSeconds(60);

    @ParameterizedTest
    @CsvSource({"FOUR, EIGHT", "EIGHT, FOUR", "FLOAT, BRAIN"})
    void a_decode_step_makes_no_objects_of_vectors(WeightBits layers, WeightBits head) {
        try (var runner = new KernelModelRunner(decoder(), layers, head, CONTEXT, THREADS)) {
            long least = Long.MAX_VALUE;
            long started = System.nanoTime();
            while (least > BYTES_PER_TOKEN_MAX && System.nanoTime() - started < WARM_UP_MAX.toNanos()) {
                least = Math.min(least, bytesPerToken(runner));
            }
            assertThat(least).isLessThanOrEqualTo(BYTES_PER_TOKEN_MAX);
        }
    }

    @Test
    void kernels_hand_arrays_to_each_other_and_no_vectors() {
        var kernels = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.weighbridge.engine.kernels", "io.weighbridge.engine.sampling");
        var vectors = resideInAPackage("jdk.incubator.vector..");
        var handing = kernels.stream()
                .map(JavaClass::getMethods)
                .flatMap(methods -> methods.stream())
                .filter(method -> Stream.concat(
                                Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                        .anyMatch(vectors))
                .map(JavaMethod::getFullName)
                .toList();
        assertThat(handing).isEmpty();
    }

    /** Allocated by all threads of the process, divided by the steps made meanwhile. */
    private static long bytesPerToken(KernelModelRunner runner) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        for (int position = 0; position < CONTEXT; position++) {
            runner.run(Batch.of(new int[] {position}, position));
        }
        return (threads.getTotalThreadAllocatedBytes() - before) / CONTEXT;
    }

    private static Decoder decoder() {
        var random = new Random(5);
        var rope = new DecoderSpec.Rope(List.of(1.0, 0.5, 0.25, 0.125), RopeLayout.values()[0], 1, null);
        var spec = new DecoderSpec(
                HIDDEN,
                HEADS,
                KV_HEADS,
                DIMENSION,
                VOCABULARY,
                CONTEXT,
                1,
                0,
                new DecoderSpec.Norm(DecoderSpec.Norm.Kind.RMS, 1e-5),
                List.of(rope),
                List.of(new LayerKind(0, LayerKind.NO_WINDOW), new LayerKind(0, LayerKind.NO_WINDOW)),
                new DecoderSpec.Attention(0.2, 0, false, false, QueryKeyNorm.NONE, 1),
                new DecoderSpec.FeedForward(INNER, true, Activation.SILU, null),
                new DecoderSpec.Residual(true, false, false, 1),
                new DecoderSpec.Output(1, 0));
        var layers =
                Stream.generate(() -> layer(random)).limit(spec.layers().size()).toList();
        return new Decoder(
                spec,
                new DecoderTensors(
                        matrix(VOCABULARY, HIDDEN, random),
                        null,
                        null,
                        layers,
                        norm(),
                        linear(VOCABULARY, HIDDEN, random)));
    }

    private static DecoderTensors.Layer layer(Random random) {
        return new DecoderTensors.Layer(
                norm(),
                linear(HEADS * DIMENSION, HIDDEN, random),
                linear(KV_HEADS * DIMENSION, HIDDEN, random),
                linear(KV_HEADS * DIMENSION, HIDDEN, random),
                null,
                null,
                null,
                linear(HIDDEN, HEADS * DIMENSION, random),
                null,
                norm(),
                new DecoderTensors.Dense(
                        linear(INNER, HIDDEN, random), linear(INNER, HIDDEN, random), linear(HIDDEN, INNER, random)),
                null);
    }

    private static Norm norm() {
        var ones = new float[HIDDEN];
        java.util.Arrays.fill(ones, 1);
        return new Norm(StoredTensors.floats(List.of((long) HIDDEN), ones), null);
    }

    private static Linear linear(int outputs, int inputs, Random random) {
        return new Linear(matrix(outputs, inputs, random), null);
    }

    private static Tensor matrix(int rows, int columns, Random random) {
        var values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(columns));
        }
        return StoredTensors.floats(List.of((long) rows, (long) columns), values);
    }
}
