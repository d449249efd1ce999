package io.weighbridge.gateway.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.gateway.Sha256;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.terms.Purpose;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class KeyRingTest {
    @Test
    void the_built_in_keys_are_for_one_person_on_one_machine() {
        var ring = KeyRing.builtIn();
        assertThat(ring.operator().servesOthers()).isEqualTo(Answer.NO);
        assertThat(tenant(ring, "wb-local").commercial()).isEqualTo(Answer.NO);
        assertThat(tenant(ring, "wb-local").purposes()).contains(Purpose.ASSISTANCE);
        assertThat(tenant(ring, "wb-commercial").commercial()).isEqualTo(Answer.YES);
        assertThat(ring.find("other")).isNull();
        assertThat(ring.anonymous().tenant()).isEqualTo(Use.Tenant.UNKNOWN);
    }

    @Test
    void a_key_may_be_kept_as_its_digest() {
        var ring = parse("keys: [{name: a, keySha256: %s}]".formatted(Sha256.hex("secret")));
        assertThat(tenant(ring, "secret")).isEqualTo(Use.Tenant.UNKNOWN);
        assertThat(ring.find(Sha256.hex("secret"))).isNull();
    }

    @Test
    void only_a_key_that_says_so_is_an_admins() {
        var ring = parse("keys: [{name: a, key: b, admin: true}, {name: c, key: d, admin: false}, {name: e, key: f}]");
        assertThat(ring.isAdmin("a")).isTrue();
        assertThat(List.of("c", "e", "anonymous", "nobody")).noneMatch(ring::isAdmin);
    }

    @Test
    void mistakes_are_named() {
        refused("keys: [{name: a}]", "either 'key' or 'keySha256'");
        refused("keys: [{name: a, key: b, keySha256: c}]", "either 'key' or 'keySha256'");
        refused("keys: [{key: b}]", "no name");
        refused("keys: [{name: a, key: ''}]", "empty");
        refused("keys: [{name: a, keySha256: '00'}]", "64 digits");
        refused("keys: [{name: a, key: b, tenant: {purposes: [dancing]}}]", "dancing");
        refused("keys: [{name: a, key: b, tenant: {comercial: true}}]", "comercial");
        refused("operator: [", "keys.yaml");
    }

    @Test
    void a_missing_file_is_named() {
        assertThatThrownBy(() -> KeyRing.read(Path.of("no-such-keys.yaml")))
                .hasMessageContaining("no-such-keys.yaml")
                .hasMessageContaining("weighbridge.gateway.keys-file");
    }

    @Test
    void a_keys_file_has_a_size_limit() {
        var head = "keys: []\n";
        var most = head + "#".repeat(KeyRing.KEYS_FILE_BYTES_MAX - head.length());
        assertThat(parse(most).callers()).isEmpty();
        assertThatThrownBy(() -> parse(most + "#")).hasMessageContaining("at most");
    }

    private static void refused(String yaml, String message) {
        assertThatThrownBy(() -> parse(yaml)).as(yaml).hasMessageContaining(message);
    }

    private static Use.Tenant tenant(KeyRing ring, String key) {
        return Objects.requireNonNull(ring.find(key)).tenant();
    }

    private static KeyRing parse(String yaml) {
        return KeyRing.parse("keys.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    }
}
