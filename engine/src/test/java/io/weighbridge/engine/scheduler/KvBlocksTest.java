package io.weighbridge.engine.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.runner.ModelRunner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KvBlocksTest {
    private static final int BLOCK = ModelRunner.KV_BLOCK_TOKENS;
    private static final int[] TEXT = IntStream.range(100, 100 + 4 * BLOCK).toArray();

    static LongStream seeds() {
        return LongStream.range(0, 50);
    }

    @Test
    void as_many_blocks_are_handed_out_as_there_are() {
        var kv = new KvBlocks(2);
        assertThat(kv.allocate()).hasValue(0);
        assertThat(kv.allocate()).hasValue(1);
        assertThat(kv.allocate()).isEmpty();
        kv.release(0);
        assertThat(kv.allocate()).hasValue(0);
    }

    @Test
    void a_block_is_let_go_as_often_as_it_is_held_and_no_more() {
        var kv = new KvBlocks(1);
        int block = kv.allocate().orElseThrow();
        kv.share(block);
        kv.release(block);
        assertThat(kv.freeCount()).isZero();
        kv.release(block);
        assertThat(kv.freeCount()).isEqualTo(1);
        assertThatThrownBy(() -> kv.release(block)).hasMessage("nobody holds KV block 0");
        assertThatThrownBy(() -> kv.share(block)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new KvBlocks(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_text_that_begins_alike_finds_whole_blocks_up_to_the_first_difference() {
        var kv = new KvBlocks(8);
        var blocks = stored(kv, TEXT, "");
        var other = TEXT.clone();
        other[3 * BLOCK + 1]++;
        assertThat(kv.acquirePrefix("", other, other.length).blocks()).containsExactly(blocks[0], blocks[1], blocks[2]);
        assertThat(kv.acquirePrefix("", TEXT, 4 * BLOCK - 1).blocks()).hasSize(3);
        assertThat(kv.acquirePrefix("", TEXT, 4 * BLOCK).blocks()).isEqualTo(blocks);
        other[0]++;
        assertThat(kv.acquirePrefix("", other, other.length).blocks()).isEmpty();
    }

    @Test
    void another_salt_finds_nothing() {
        var kv = new KvBlocks(8);
        stored(kv, TEXT, "a");
        assertThat(kv.acquirePrefix("b", TEXT, TEXT.length).blocks()).isEmpty();
    }

    @Test
    void what_was_let_go_longest_ago_is_lost_first_and_of_a_text_its_end() {
        var kv = new KvBlocks(8);
        var older = stored(kv, TEXT, "older");
        var newer = stored(kv, TEXT, "newer");
        kv.releaseAll(older);
        kv.releaseAll(newer);
        assertThat(kv.idleCount()).isEqualTo(8);
        assertThat(kv.allocate()).hasValue(older[3]);
        assertThat(kv.acquirePrefix("older", TEXT, TEXT.length).blocks()).hasSize(3);
        assertThat(kv.allocate()).hasValue(newer[3]);
        assertThat(kv.allocate()).hasValue(newer[2]);
    }

    @Test
    void a_lost_beginning_makes_what_follows_unreachable_even_when_it_is_computed_again() {
        var kv = new KvBlocks(9);
        var blocks = stored(kv, TEXT, "");
        // Held by two: the second sequence computed the same text by itself, its own blocks are not known by content.
        var twin = stored(kv, TEXT, "");
        kv.release(blocks[0]);
        kv.allocate().orElseThrow(); // the ninth, empty
        assertThat(kv.allocate()).hasValue(blocks[0]);
        assertThat(kv.acquirePrefix("", TEXT, TEXT.length).blocks()).isEmpty();
        kv.remember(twin[0], KvBlocks.NO_PREFIX, "", TEXT, 0);
        assertThat(kv.acquirePrefix("", TEXT, TEXT.length).blocks()).containsExactly(twin[0]);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_block_is_held_as_often_as_somebody_holds_it(long seed) {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var kv = new KvBlocks(random.nextInt(1, 40));
        var held = new ArrayList<int[]>();
        for (int i = 0; i < 300; i++) {
            if (!held.isEmpty() && random.nextBoolean()) {
                kv.releaseAll(held.remove(random.nextInt(held.size())));
            } else {
                var text = random.ints((random.nextInt(4) + 1) * BLOCK, 0, 2)
                        .map(bit -> seed % 2 == 0 ? 1 : bit)
                        .toArray();
                store(kv, text, held);
            }
            var expected = new HashMap<Integer, Integer>();
            held.forEach(blocks -> IntStream.of(blocks).forEach(block -> expected.merge(block, 1, Integer::sum)));
            for (int block = 0; block < kv.count(); block++) {
                assertThat(kv.references(block)).isEqualTo(expected.getOrDefault(block, 0));
            }
            assertThat(kv.heldCount()).isEqualTo(expected.size());
        }
        held.forEach(kv::releaseAll);
        assertThat(kv.freeCount()).isEqualTo(kv.count());
    }

    /** Takes what is known of the text and computes the rest, if there is memory. */
    private static void store(KvBlocks kv, int[] text, ArrayList<int[]> held) {
        var match = kv.acquirePrefix("", text, text.length);
        var blocks = IntStream.of(match.blocks())
                .boxed()
                .collect(ArrayList<Integer>::new, ArrayList::add, ArrayList::addAll);
        long prefix = match.prefix();
        while (blocks.size() * BLOCK < text.length) {
            var block = kv.allocate();
            if (block.isEmpty()) {
                break;
            }
            prefix = kv.remember(block.getAsInt(), prefix, "", text, blocks.size());
            blocks.add(block.getAsInt());
        }
        held.add(blocks.stream().mapToInt(Integer::intValue).toArray());
    }

    private static int[] stored(KvBlocks kv, int[] text, String salt) {
        var blocks = new int[text.length / BLOCK];
        long prefix = KvBlocks.NO_PREFIX;
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = kv.allocate().orElseThrow();
            prefix = kv.remember(blocks[i], prefix, salt, text, i);
        }
        return blocks;
    }
}
