package io.weighbridge.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GrammarCacheTest {
    @Test
    void grammars_are_made_once_and_the_oldest_are_dropped() {
        var cache = new GrammarCache(TestVocabulary.VOCABULARY);
        var first = cache.get("regex", "a0", () -> Grammar.regex("a0"));
        assertThat(cache.get("regex", "a0", () -> Grammar.regex("a0"))).isSameAs(first);
        assertThat(cache.get("literal", "a0", () -> Grammar.literal("a0"))).isNotSameAs(first);
        for (int i = 1; i < GrammarCache.ENTRIES_MAX; i++) {
            var text = "a" + i;
            cache.get("regex", text, () -> Grammar.regex(text));
        }
        assertThat(cache.get("regex", "a0", () -> Grammar.regex("a0"))).isNotSameAs(first);
    }

    @Test
    void a_failure_is_told_each_time() {
        var cache = new GrammarCache(TestVocabulary.VOCABULARY);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> cache.get("regex", "(", () -> Grammar.regex("(")))
                    .isInstanceOf(GrammarException.class);
        }
    }
}
