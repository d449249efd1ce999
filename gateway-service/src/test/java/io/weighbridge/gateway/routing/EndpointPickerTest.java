package io.weighbridge.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EndpointPickerTest {
    private final EndpointPicker picker = new EndpointPicker(new Random(1));

    @Test
    void a_replica_without_the_model_is_never_picked() {
        assertThat(picker.pick(List.of(), Set.of())).isNull();
        assertThat(picker.pick(List.of(new Candidate("a", false, 0, 0)), Set.of()))
                .isNull();
    }

    @Test
    void the_least_loaded_one_is_picked_and_a_tried_one_is_not() {
        var candidates =
                List.of(new Candidate("a", true, 1, 3), new Candidate("b", true, 3, 0), new Candidate("c", true, 4, 4));
        assertThat(picker.pick(candidates, Set.of())).isEqualTo("b");
        assertThat(picker.pick(candidates, Set.of("b"))).isEqualTo("a");
        assertThat(picker.pick(candidates, Set.of("a", "b", "c"))).isNull();
    }

    @Test
    void equals_share_the_work() {
        var candidates = List.of(new Candidate("a", true, 1, 0), new Candidate("b", true, 0, 1));
        var picked = new HashSet<String>();
        for (var round = 0; round < 50; round++) {
            picked.add(String.valueOf(picker.pick(candidates, Set.of())));
        }
        assertThat(picked).containsExactlyInAnyOrder("a", "b");
    }
}
