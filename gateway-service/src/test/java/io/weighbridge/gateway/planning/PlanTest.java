package io.weighbridge.gateway.planning;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.license.plan.ChangeJson;
import jakarta.inject.Inject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(StackResource.class)
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
class PlanTest extends StackTest {
    private static final String PATH = "v1/license/plan";

    @Inject
    KeyFile keys;

    private Client admin;

    @BeforeEach
    void adminKey() throws Exception {
        stack.keys(Stack.KEYS + "  - {name: boss, key: key-boss, admin: true, tenant: {commercial: false}}\n");
        Eventually.await("the admin key is known", () -> keys.current().isAdmin("boss"));
        admin = client.with("key-boss");
    }

    @Test
    void an_admin_learns_what_a_change_would_do() throws Exception {
        var reply = admin.post(PATH, "{about: private earns money, tenants: {private: {commercial: true}}}");

        assertThat(reply.status()).isEqualTo(200);
        var effect = reply.json().at("/effects/0");
        assertThat(effect.get("tenant").asText()).isEqualTo("private");
        assertThat(effect.get("model").asText()).isEqualTo(Stack.NONCOMMERCIAL);
        assertThat(effect.get("kind").asText()).isEqualTo("lost");
        assertThat(effect.at("/replacements/0/model").asText()).isEqualTo(Stack.APACHE);
        assertThat(reply.header("x-request-id")).isNotEmpty();
    }

    @Test
    void a_plan_changes_nothing() throws Exception {
        assertThat(admin.post(PATH, "{tenants: {private: {commercial: true}}}").status())
                .isEqualTo(200);

        assertThat(client.get("v1/models").body()).contains(Stack.NONCOMMERCIAL);
        assertThat(admin.post(PATH, "{}").json().get("effects")).isEmpty();
    }

    @Test
    void other_keys_may_not_plan() throws Exception {
        var reply = client.post(PATH, "{}");

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.error().get("code").asText()).isEqualTo("admin_key_required");
        assertThat(reply.error().get("message").asText()).contains("'private'").contains("admin: true");
        assertThat(client.with("nobody").post(PATH, "{}").status()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{operators: {}}                  | unknown key 'operators'",
                "{tenants: {nobody: {}}}          | no tenant 'nobody'",
                "{terms: [/etc/hostname]}         | put the document itself into the change",
                "{                                | neither YAML nor JSON",
            })
    void what_is_wrong_with_a_change_is_named(String change, String reason) throws Exception {
        var reply = admin.post(PATH, change);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error().get("message").asText()).contains(reason);
    }

    @Test
    void a_change_has_a_largest_size() throws Exception {
        var most = "{}" + " ".repeat(ChangeJson.CHANGE_BYTES_MAX - 2);

        assertThat(admin.post(PATH, most).status()).isEqualTo(200);
        assertThat(admin.post(PATH, most + " ").status()).isEqualTo(413);
    }
}
