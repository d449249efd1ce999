package io.weighbridge.license;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** Seeds for property tests. A failing case names its seed; rerun it with -Dsamples.seed=N. */
public final class Samples {
    private static final int SEEDS = 200;

    private Samples() {}

    public static Stream<Named<RandomGenerator>> random() {
        var only = Long.getLong("samples.seed");
        var seeds = only != null ? LongStream.of(only) : LongStream.range(0, SEEDS);
        return seeds.mapToObj(seed -> Named.of(
                "seed " + seed,
                RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed)));
    }

    @SafeVarargs
    public static <T> T oneOf(RandomGenerator random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
