package io.weighbridge.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConvictionsTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final Convictions convictions = new Convictions(now::get);

    private boolean has(String digest) {
        return convictions.has(() -> digest);
    }

    @Test
    void what_was_convicted_is_known_until_its_time_is_over() {
        convictions.add("a");
        now.addAndGet(Convictions.CONVICTION_TIME.toNanos() - 1);
        assertThat(has("a")).isTrue();
        assertThat(has("b")).isFalse();
        now.incrementAndGet();
        assertThat(has("a")).isFalse();
    }

    @Test
    void a_new_conviction_begins_its_time_anew() {
        convictions.add("a");
        now.addAndGet(Convictions.CONVICTION_TIME.toNanos() / 2);
        convictions.add("a");
        now.addAndGet(Convictions.CONVICTION_TIME.toNanos() - 1);
        assertThat(has("a")).isTrue();
    }

    @Test
    void beyond_the_limit_the_oldest_is_forgotten() {
        for (var i = 0; i < Convictions.CONVICTIONS_MAX; i++) {
            convictions.add("digest " + i);
        }
        assertThat(has("digest 0")).isTrue();
        convictions.add("one more");
        assertThat(has("digest 0")).isFalse();
        assertThat(has("digest 1")).isTrue();
        assertThat(has("one more")).isTrue();
    }

    @Test
    void without_convictions_no_digest_is_made() {
        assertThat(convictions.has(() -> {
                    throw new AssertionError("a digest was made");
                }))
                .isFalse();
    }
}
