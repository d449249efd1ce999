package io.weighbridge.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IncrementalDecoderTest {
    private static final Tokenizer TOKENIZER = new ByteTokenizer(List.of("<s>", "</s>"), false);

    static Stream<Named<RandomGenerator>> random() {
        return LongStream.range(0, 200)
                .mapToObj(seed -> Named.of(
                        "seed " + seed,
                        RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom")
                                .create(seed)));
    }

    @Test
    void a_character_of_four_bytes_comes_out_whole() {
        var decoder = new IncrementalDecoder(TOKENIZER);
        var pieces = IntStream.of(TOKENIZER.encode("a🌍b", false))
                .mapToObj(decoder::add)
                .toList();
        assertThat(pieces).containsExactly("a", "", "", "", "🌍", "b");
        assertThat(decoder.flush()).isEmpty();
    }

    @Test
    void an_unfinished_character_comes_with_the_flush() {
        var decoder = new IncrementalDecoder(TOKENIZER);
        assertThat(decoder.add('a')).isEqualTo("a");
        assertThat(decoder.add(0xF0)).isEmpty();
        assertThat(decoder.add(0x9F)).isEmpty();
        assertThat(decoder.flush()).isEqualTo("\uFFFD");
        assertThat(decoder.flush()).isEmpty();
    }

    @Test
    void the_space_put_before_every_text_is_left_out_once() {
        var spaced = new SpacedTokenizer();
        var ids = spaced.encode("", false);
        assertThat(spaced.decode(ids)).isEqualTo("a a");
        var decoder = new IncrementalDecoder(spaced);
        assertThat(IntStream.of(ids).mapToObj(decoder::add)).containsExactly("a", " a");
        assertThat(decoder.flush()).isEmpty();
        assertThat(decoder.add(0)).isEqualTo("a");
    }

    /** Knows one token, the letter a after a space. */
    private static final class SpacedTokenizer implements Tokenizer {
        @Override
        public int[] encode(String text, boolean addSpecialTokens) {
            return new int[] {0, 0};
        }

        @Override
        public Set<String> specialTokens() {
            return Set.of();
        }

        @Override
        public Vocabulary vocabulary() {
            return Vocabulary.of(1, true, _ -> new byte[] {' ', 'a'});
        }

        @Override
        public void close() {}
    }

    @Test
    void special_tokens_give_no_text() {
        var decoder = new IncrementalDecoder(TOKENIZER);
        assertThat(decoder.add(ByteTokenizer.FIRST_SPECIAL)).isEmpty();
        assertThat(decoder.add('x')).isEqualTo("x");
    }

    @ParameterizedTest
    @MethodSource("random")
    void the_pieces_of_a_text_together_are_the_text(RandomGenerator random) {
        var text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            text.appendCodePoint(
                    switch (random.nextInt(4)) {
                        case 0 -> random.nextInt(0x20, 0x7F);
                        case 1 -> random.nextInt(0xA0, 0x800);
                        case 2 -> random.nextInt(0x4E00, 0x9FFF);
                        default -> random.nextInt(0x1F300, 0x1F6FF);
                    });
        }
        var decoder = new IncrementalDecoder(TOKENIZER);
        var out = new StringBuilder();
        for (int id : TOKENIZER.encode(text.toString(), false)) {
            var piece = decoder.add(id);
            assertThat(piece).doesNotContain("\uFFFD");
            out.append(piece);
        }
        assertThat(out.append(decoder.flush())).hasToString(text.toString());
    }

    @ParameterizedTest
    @MethodSource("random")
    void the_pieces_of_any_tokens_together_are_their_decoding(RandomGenerator random) {
        int[] ids = random.ints(400, 0, ByteTokenizer.FIRST_SPECIAL + 2).toArray();
        assertThat(incrementally(ids)).isEqualTo(TOKENIZER.decode(ids));
    }

    @ParameterizedTest
    @MethodSource("random")
    void bytes_that_are_never_a_character_do_not_pile_up(RandomGenerator random) {
        int[] ids = random.ints(300, 0x80, 0xC0).toArray();
        var decoder = new IncrementalDecoder(TOKENIZER);
        var pieces = IntStream.of(ids).mapToObj(decoder::add).toList();
        assertThat(pieces).allMatch("\uFFFD"::equals);
        assertThat(incrementally(ids)).isEqualTo(TOKENIZER.decode(ids));
    }

    private static String incrementally(int[] ids) {
        var decoder = new IncrementalDecoder(TOKENIZER);
        var out = new StringBuilder();
        for (int id : ids) {
            out.append(decoder.add(id));
        }
        return out.append(decoder.flush()).toString();
    }
}
