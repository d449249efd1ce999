package io.weighbridge.inference.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.executor.MemoryNeed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResidentsTest {
    private static final long MIB = 1 << 20;
    private static final Consumer<Residents.Place> NOBODY = place -> {
        throw new AssertionError("wanted " + place.model() + " to go");
    };

    private final List<String> gone = new ArrayList<>();

    @Test
    void the_model_used_longest_ago_goes_first() {
        var residents = new Residents(10 * MIB);
        var a = load(residents, "a", 4, false);
        load(residents, "b", 4, false);
        use(residents, a);
        load(residents, "c", 4, false);
        assertThat(gone).containsExactly("b");
        assertThat(residents.usedBytes()).isEqualTo(8 * MIB);
    }

    @Test
    void a_small_model_stays_if_a_larger_one_must_go_anyway() {
        var residents = new Residents(10 * MIB);
        load(residents, "small", 1, false);
        load(residents, "large", 9, false);
        load(residents, "c", 9, false);
        assertThat(gone).containsExactly("large");
    }

    @Test
    void pinned_and_used_models_stay_and_the_refusal_does_the_arithmetic() {
        var residents = new Residents(10 * MIB);
        load(residents, "org/pinned", 4, true);
        var used = load(residents, "org/used", 3, false);
        assertThat(residents.enter(used)).isTrue();
        load(residents, "org/idle", 1, false);

        var busy = refusal(residents, "org/new", 6);
        assertThat(busy.code()).isEqualTo(ErrorCode.MEMORY_IN_USE);
        assertThat(busy)
                .hasMessageContaining(
                        "'org/new' needs 6 MiB (weights 6, mapped tables 0, keys and values 0, scratch 0)")
                .hasMessageContaining("budget is 10 MiB, of which 8 MiB is taken")
                .hasMessageContaining("org/pinned 4 MiB, org/used 3 MiB, org/idle 1 MiB")
                .hasMessageContaining("org/pinned is pinned by the configuration, org/used is in use");
        assertThat(gone).as("nobody goes for nothing").isEmpty();

        var never = refusal(residents, "org/new", 7);
        assertThat(never.code()).isEqualTo(ErrorCode.MODEL_TOO_LARGE);
        assertThat(never).hasMessageContaining("weighbridge.inference.memory-budget");

        residents.leave(used);
        load(residents, "org/new", 6, false);
        assertThat(gone).containsExactly("org/idle", "org/used");
    }

    @Test
    void a_model_that_is_loading_counts_and_stays() {
        var residents = new Residents(10 * MIB);
        residents.admit("a", need(6), false, NOBODY);
        assertThat(refusal(residents, "b", 5)).hasMessageContaining("a is loading");
        residents.admit("c", need(4), false, NOBODY);
        assertThat(residents.usedBytes()).isEqualTo(10 * MIB);
    }

    @Test
    void nobody_begins_to_use_a_model_that_has_to_go() {
        var residents = new Residents(10 * MIB);
        var a = load(residents, "a", 8, false);
        residents.admit("b", need(8), false, victim -> {
            assertThat(residents.enter(victim)).isFalse();
            assertThat(residents.usedBytes()).as("its memory is not free yet").isEqualTo(8 * MIB);
        });
        assertThat(residents.enter(a)).isFalse();
    }

    @Test
    void a_model_can_be_freed_twice() {
        var residents = new Residents(10 * MIB);
        var a = load(residents, "a", 8, false);
        assertThat(residents.depart(a)).isTrue();
        assertThat(residents.depart(a)).isFalse();
        residents.free(a);
        residents.free(a);
        assertThat(residents.usedBytes()).isZero();
        assertThatThrownBy(() -> residents.admit("b", need(11), false, NOBODY)).isInstanceOf(InferenceException.class);
    }

    /** Threads load, use, unload and fail at random; a counter stands for the memory that is really taken. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whatever_happens_the_budget_holds_and_nothing_in_use_is_freed(long seed) throws InterruptedException {
        var world = new World(20);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 6; i++) {
            var random = new Random(seed * 100 + i);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int step = 0; step < 2_000 && world.broken.isEmpty(); step++) {
                    world.act(random);
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(world.broken).as("seed %d", seed).isEmpty();
        world.loaded.forEach((place, allocation) -> world.residents.free(place));
        assertThat(world.residents.places()).hasSize(World.PINNED);
        assertThat(world.evictions.get()).isPositive();
    }

    /** A fake loader: models that are nothing but a size and a number of users. */
    private static final class World {
        static final int PINNED = 2;

        final Residents residents;
        final long budget;
        final AtomicLong taken = new AtomicLong();
        final AtomicLong evictions = new AtomicLong();
        final ConcurrentHashMap<Residents.Place, Allocation> loaded = new ConcurrentHashMap<>();
        final ConcurrentHashMap<String, String> broken = new ConcurrentHashMap<>();
        final List<Residents.Place> pinned = new ArrayList<>();

        static final class Allocation {
            final AtomicLong users = new AtomicLong();
            volatile boolean freed;
        }

        World(long budgetMib) {
            budget = budgetMib * MIB;
            residents = new Residents(budget);
            for (int i = 0; i < PINNED; i++) {
                var place = residents.admit("pinned" + i, need(2), true, this::evict);
                taken.addAndGet(2 * MIB);
                residents.loaded(place);
                pinned.add(place);
            }
        }

        void act(Random random) {
            switch (random.nextInt(5)) {
                case 0, 1 -> load(random);
                case 2 -> pick(random).forEach(this::use);
                case 3 ->
                    pick(random).forEach(place -> {
                        if (residents.depart(place)) {
                            free(place, true);
                            residents.free(place);
                        }
                    });
                default -> {
                    long used = residents.usedBytes();
                    check(used <= budget, "places take " + used);
                }
            }
        }

        private List<Residents.Place> pick(Random random) {
            var all = List.copyOf(loaded.keySet());
            return all.isEmpty() ? List.of() : List.of(all.get(random.nextInt(all.size())));
        }

        private void load(Random random) {
            long mib = 1 + random.nextInt(9);
            Residents.Place place;
            try {
                place = residents.admit("m" + random.nextInt(12), need(mib), false, this::evict);
            } catch (InferenceException refused) {
                return;
            }
            long now = taken.addAndGet(place.need().total());
            check(now <= budget, "models take " + now);
            if (random.nextInt(4) == 0) {
                taken.addAndGet(-place.need().total());
                residents.free(place);
                return;
            }
            loaded.put(place, new Allocation());
            residents.loaded(place);
        }

        private void use(Residents.Place place) {
            boolean gone = !loaded.containsKey(place);
            if (residents.enter(place)) {
                check(!gone, "entered a model that is gone");
                var allocation = loaded.get(place); // null where it was unloaded by force since
                if (allocation != null) {
                    allocation.users.incrementAndGet();
                    Thread.yield();
                    allocation.users.decrementAndGet();
                }
                residents.leave(place);
            }
        }

        private void evict(Residents.Place place) {
            check(!pinned.contains(place), "evicted a pinned model");
            evictions.incrementAndGet();
            free(place, false);
        }

        /** An unload ends uses by force, as the service does; an eviction must meet none. */
        private void free(Residents.Place place, boolean byForce) {
            var allocation = loaded.remove(place);
            check(allocation != null && !allocation.freed, "freed twice: " + place.model());
            if (allocation != null) {
                check(byForce || allocation.users.get() == 0, "freed in use: " + place.model());
                allocation.freed = true;
                taken.addAndGet(-place.need().total());
            }
        }

        private void check(boolean holds, String what) {
            if (!holds) {
                broken.put(what, what);
            }
        }
    }

    private Residents.Place load(Residents residents, String model, long mib, boolean pinned) {
        var place = residents.admit(model, need(mib), pinned, victim -> gone.add(victim.model()));
        residents.loaded(place);
        return place;
    }

    private static void use(Residents residents, Residents.Place place) {
        assertThat(residents.enter(place)).isTrue();
        residents.leave(place);
    }

    private static InferenceException refusal(Residents residents, String model, long mib) {
        var failure =
                catchThrowableOfType(InferenceException.class, () -> residents.admit(model, need(mib), false, NOBODY));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static MemoryNeed need(long mib) {
        return new MemoryNeed(mib * MIB, 0, 0, 0);
    }
}
