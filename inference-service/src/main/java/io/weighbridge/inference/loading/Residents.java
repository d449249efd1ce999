package io.weighbridge.inference.loading;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.executor.MemoryNeed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Which models have a place in memory, and who makes room for whom. A model gets its place before it is loaded and keeps it until
 * it is freed, so all places together never exceed the budget. Room is made by the models that were used longest ago; pinned
 * ones, those in use and those still loading stay. If all that could go is not enough, nothing goes. Thread-safe.
 */
final class Residents implements ModelMemory {
    private final long budgetBytes;
    /** Held while one model makes room, so that two do not count on the same room. Taken before the object's own lock. */
    private final ReentrantLock making = new ReentrantLock(true);

    private final Set<Place> places = new LinkedHashSet<>();
    private long clock;

    private enum Stage {
        LOADING,
        RESIDENT,
        LEAVING
    }

    /** One model's share of the budget. What changes in it is guarded by the {@link Residents}. */
    static final class Place {
        private final String model;
        private final MemoryNeed need;
        private final boolean pinned;
        private Stage stage = Stage.LOADING;
        private int users;
        private long lastUsed;

        private Place(String model, MemoryNeed need, boolean pinned) {
            this.model = model;
            this.need = need;
            this.pinned = pinned;
        }

        String model() {
            return model;
        }

        MemoryNeed need() {
            return need;
        }

        boolean pinned() {
            return pinned;
        }

        private long bytes() {
            return need.total();
        }
    }

    Residents(long budgetBytes) {
        this.budgetBytes = budgetBytes;
    }

    long budgetBytes() {
        return budgetBytes;
    }

    /** What all places together take. */
    synchronized long usedBytes() {
        return places.stream().mapToLong(Place::bytes).sum();
    }

    @Override
    public synchronized long availableBytes() {
        return budgetBytes - pinnedBytes();
    }

    @Override
    public synchronized long freeBytes() {
        return budgetBytes - usedBytes();
    }

    @Override
    public synchronized Optional<Loan> borrow(String purpose, long bytes) {
        if (bytes > freeBytes()) {
            return Optional.empty();
        }
        // Never marked as loaded, so it stays until it is given back.
        var place = settle(new Place(purpose, new MemoryNeed(0, 0, 0, bytes), false));
        return Optional.of(() -> free(place));
    }

    private long pinnedBytes() {
        return places.stream().filter(Place::pinned).mapToLong(Place::bytes).sum();
    }

    synchronized List<Place> places() {
        return List.copyOf(places);
    }

    /**
     * A place for a model that is about to be loaded. {@code evict} is called for each model that has to go and must return only
     * when its memory is free; it must not throw, and need not call {@link #free}.
     *
     * @throws InferenceException MODEL_TOO_LARGE when it can never fit, MEMORY_IN_USE when it does not fit now; both with the
     *     arithmetic
     */
    Place admit(String model, MemoryNeed need, boolean pinned, Consumer<Place> evict) {
        making.lock();
        try {
            var victims = makeRoom(model, need);
            try {
                victims.forEach(evict);
            } finally {
                victims.forEach(this::free);
            }
            return settle(new Place(model, need, pinned));
        } finally {
            making.unlock();
        }
    }

    private synchronized Place settle(Place place) {
        place.lastUsed = ++clock;
        places.add(place);
        return place;
    }

    /** Those who have to go, already marked so that nobody begins to use them. */
    private synchronized List<Place> makeRoom(String model, MemoryNeed need) {
        if (need.total() > availableBytes()) {
            throw new InferenceException(
                    ErrorCode.MODEL_TOO_LARGE,
                    arithmetic(model, need)
                            + "; take narrower numerics or a smaller kv-memory, or raise weighbridge.inference.memory-budget");
        }
        long missing = need.total() - (budgetBytes - usedBytes());
        var victims = new ArrayList<Place>();
        long won = 0;
        var idle = places.stream()
                .filter(place -> place.stage == Stage.RESIDENT && !place.pinned && place.users == 0)
                .sorted(Comparator.comparingLong(place -> place.lastUsed))
                .toList();
        for (var place : idle) {
            if (won >= missing) {
                break;
            }
            victims.add(place);
            won += place.bytes();
        }
        if (won < missing) {
            throw new InferenceException(
                    ErrorCode.MEMORY_IN_USE,
                    arithmetic(model, need)
                            + "; what could go is not enough: %s. Try again later, or unload a model"
                                    .formatted(whyStaying()));
        }
        // A small model that was chosen first may stay if a larger one goes anyway.
        for (var place : List.copyOf(victims).reversed()) {
            if (won - place.bytes() >= missing) {
                victims.remove(place);
                won -= place.bytes();
            }
        }
        victims.forEach(place -> place.stage = Stage.LEAVING);
        return victims;
    }

    private String arithmetic(String model, MemoryNeed need) {
        var others = places.stream()
                .map(place -> "%s %s".formatted(place.model, MemoryNeed.mebibytes(place.bytes())))
                .toList();
        return "model '%s' needs %s; the budget is %s, of which %s is taken by others%s"
                .formatted(
                        model,
                        need.describe(),
                        MemoryNeed.mebibytes(budgetBytes),
                        MemoryNeed.mebibytes(usedBytes()),
                        others.isEmpty() ? "" : " (" + String.join(", ", others) + ")");
    }

    private String whyStaying() {
        var reasons = new ArrayList<String>();
        for (var place : places) {
            String reason = place.pinned
                    ? "is pinned by the configuration"
                    : switch (place.stage) {
                        case LOADING -> "is loading";
                        case LEAVING -> "is being unloaded";
                        case RESIDENT -> place.users > 0 ? "is in use" : "";
                    };
            if (!reason.isEmpty()) {
                reasons.add(place.model + " " + reason);
            }
        }
        return String.join(", ", reasons);
    }

    /** The model is loaded: it may be used, and may have to go when nobody uses it. */
    synchronized void loaded(Place place) {
        if (place.stage == Stage.LOADING) {
            place.stage = Stage.RESIDENT;
            place.lastUsed = ++clock;
        }
    }

    /** Begins a use; false if the model is not there or has to go. {@link #leave} must follow a true. */
    synchronized boolean enter(Place place) {
        if (place.stage != Stage.RESIDENT) {
            return false;
        }
        place.users++;
        place.lastUsed = ++clock;
        return true;
    }

    /** Ends a use. */
    synchronized void leave(Place place) {
        place.users--;
        place.lastUsed = ++clock;
    }

    /** No new use begins from now on, and nobody else evicts it; false if somebody does already. */
    synchronized boolean depart(Place place) {
        boolean first = place.stage != Stage.LEAVING;
        place.stage = Stage.LEAVING;
        return first;
    }

    /** The memory is free again. A second call does nothing. */
    synchronized void free(Place place) {
        place.stage = Stage.LEAVING;
        places.remove(place);
    }
}
