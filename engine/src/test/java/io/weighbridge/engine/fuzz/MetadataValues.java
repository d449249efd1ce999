package io.weighbridge.engine.fuzz;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Mutations of GGUF metadata as its reader gives it: values of other types and at borders, keys gone, lists changed. */
final class MetadataValues {
    private MetadataValues() {}

    /** {@code good} with one to three keys changed. */
    static Map<String, Object> mutated(Map<String, Object> good, List<Object> nasty, RandomGenerator random) {
        var values = new LinkedHashMap<>(good);
        var keys = values.keySet().stream().sorted().toList();
        for (int i = random.nextInt(1 + random.nextInt(3)); i >= 0; i--) {
            var key = keys.get(random.nextInt(keys.size()));
            switch (random.nextInt(4)) {
                case 0 -> values.remove(key);
                case 1 -> values.put(key, any(nasty, random));
                default -> values.put(key, changed(values.get(key), nasty, random));
            }
        }
        return values;
    }

    private static Object changed(@Nullable Object old, List<Object> nasty, RandomGenerator random) {
        return switch (old) {
            case List<?> list when !list.isEmpty() -> changedList(list, nasty, random);
            case Long number ->
                switch (random.nextInt(4)) {
                    case 0 -> number + 1;
                    case 1 -> number - 1;
                    case 2 -> number * 2;
                    default -> number << random.nextInt(40);
                };
            case Double number -> random.nextBoolean() ? -number : number * 1e30;
            case Boolean truth -> !truth;
            case null, default -> any(nasty, random);
        };
    }

    private static List<Object> changedList(List<?> old, List<Object> nasty, RandomGenerator random) {
        var list = new ArrayList<Object>(old);
        int at = random.nextInt(list.size());
        switch (random.nextInt(4)) {
            case 0 -> list.remove(at);
            case 1 -> list.add(at, list.get(random.nextInt(list.size())));
            default -> list.set(at, any(nasty, random));
        }
        return list;
    }

    private static Object any(List<Object> nasty, RandomGenerator random) {
        return nasty.get(random.nextInt(nasty.size()));
    }
}
