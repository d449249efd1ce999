package io.weighbridge.gateway.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.gateway.Stack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    @Test
    void starts_from_the_copy_on_disk() throws Exception {
        var file = folder.resolve("gateway/snapshot.json");
        var store = new SnapshotStore(file);
        assertThat(store.current()).isNull();
        store.accept(bytes(Stack.SNAPSHOT));
        assertThat(store.current()).isNotNull();
        assertThat(new SnapshotStore(file).current()).isEqualTo(store.current());
        try (var files = Files.list(folder.resolve("gateway"))) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void keeps_the_last_good_one_when_the_next_is_broken() throws Exception {
        var store = new SnapshotStore(folder.resolve("snapshot.json"));
        store.accept(bytes(Stack.SNAPSHOT));
        var good = store.current();
        for (var bad : new String[] {"{", "{}", "[]", "{\"version\": \"v2\", \"models\": [{\"id\": \"a/b\"}]}"}) {
            assertThatThrownBy(() -> store.accept(bytes(bad))).as(bad).isInstanceOf(IOException.class);
            assertThat(store.current()).isSameAs(good);
        }
    }

    @Test
    void a_damaged_copy_is_ignored() throws Exception {
        var file = folder.resolve("snapshot.json");
        Files.writeString(file, "{\"version\": ");
        assertThat(new SnapshotStore(file).current()).isNull();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
