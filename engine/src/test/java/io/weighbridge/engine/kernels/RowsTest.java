package io.weighbridge.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

final class RowsTest {
    @Test
    void every_value_has_a_place_of_its_own_inside_the_array() {
        for (int columns : new int[] {1, 31, 32, 33, 100}) {
            var rows = new Rows(11, columns);
            var places = new HashSet<Integer>();
            for (int token = 0; token < 11; token++) {
                for (int column = 0; column < columns; column++) {
                    assertThat(rows.at(token, column)).isBetween(0, rows.values.length - 1);
                    assertThat(places.add(rows.at(token, column))).isTrue();
                }
            }
        }
    }

    @Test
    void values_put_across_blocks_lie_where_at_says_and_nowhere_else() {
        var rows = new Rows(9, 100);
        var from = new float[] {9, 1, 2, 3, 4, 5, 9};

        rows.put(8, 30, from, 1, 5);

        var sum = 0f;
        for (float value : rows.values) {
            sum += value;
        }
        for (int i = 0; i < 5; i++) {
            assertThat(rows.values[rows.at(8, 30 + i)]).isEqualTo(i + 1);
        }
        assertThat(sum).isEqualTo(15);
    }

    @Test
    void a_copied_token_has_all_values_of_the_other() {
        var other = new Rows(3, 70);
        for (int i = 0; i < other.values.length; i++) {
            other.values[i] = i;
        }
        var rows = new Rows(17, 70);

        rows.copy(16, other, 2);

        for (int column = 0; column < 70; column++) {
            assertThat(rows.values[rows.at(16, column)]).isEqualTo(other.values[other.at(2, column)]);
        }
    }

    @Test
    void one_token_alone_lies_in_one_piece_and_ends_with_zeros() {
        var rows = new Rows(8, 40);
        java.util.Arrays.fill(rows.values, 7);

        rows.begin(1);
        rows.put(0, 0, new float[40], 0, 40);

        for (int column = 0; column < 40; column++) {
            assertThat(rows.at(0, column)).isEqualTo(column);
        }
        for (int i = 0; i < 64; i++) {
            assertThat(rows.values[i]).isZero();
        }
    }
}
