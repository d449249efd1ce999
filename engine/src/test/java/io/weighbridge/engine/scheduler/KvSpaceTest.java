package io.weighbridge.engine.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.TreeMap;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KvSpaceTest {
    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    @Test
    void a_range_as_long_as_the_memory_fits_and_a_longer_one_does_not() {
        assertThat(new KvSpace(10).allocate(10)).hasValue(0);
        assertThat(new KvSpace(10).allocate(11)).isEmpty();
    }

    @Test
    void the_first_range_that_fits_is_taken() {
        var space = new KvSpace(10);
        space.allocate(2);
        int second = space.allocate(3).orElseThrow();
        space.allocate(2);
        space.free(second);
        assertThat(space.allocate(4)).isEmpty();
        assertThat(space.allocate(3)).hasValue(2);
    }

    @Test
    void a_range_is_given_back_once() {
        var space = new KvSpace(10);
        int start = space.allocate(4).orElseThrow();
        space.free(start);
        assertThatThrownBy(() -> space.free(start)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> space.free(3)).hasMessage("no range in use begins at KV place 3");
    }

    @Test
    void lengths_below_one_are_refused() {
        assertThatThrownBy(() -> new KvSpace(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KvSpace(1).allocate(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void ranges_never_overlap_and_all_places_come_back(long seed) {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int capacity = random.nextInt(1, 200);
        var space = new KvSpace(capacity);
        var lengthByStart = new TreeMap<Integer, Integer>();
        for (int i = 0; i < 300; i++) {
            if (random.nextBoolean() || lengthByStart.isEmpty()) {
                int length = random.nextInt(1, 40);
                space.allocate(length).ifPresent(start -> lengthByStart.put(start, length));
            } else {
                var starts = new ArrayList<>(lengthByStart.keySet());
                int start = starts.get(random.nextInt(starts.size()));
                space.free(start);
                lengthByStart.remove(start);
            }
            int end = 0;
            for (var range : lengthByStart.entrySet()) {
                assertThat(range.getKey()).isGreaterThanOrEqualTo(end);
                end = range.getKey() + range.getValue();
            }
            assertThat(end).isLessThanOrEqualTo(capacity);
            assertThat(space.usedPlaces())
                    .isEqualTo(lengthByStart.values().stream()
                            .mapToInt(Integer::intValue)
                            .sum());
        }
        lengthByStart.keySet().forEach(space::free);
        assertThat(space.allocate(capacity)).hasValue(0);
    }
}
