package io.weighbridge.license.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChangeJsonTest {
    private static final TermsCatalog CATALOG = TermsReader.shipped();
    private static final String TERMS = """
            {key: mit-2, id: MIT, aliases: [], name: MIT, version: 2, url: 'about:blank', steward: nobody, class: permissive,
             summary: made up, grants: [], conditions: [], obligations: [], restrictions: [], naming: [], policies: [],
             outputs: {id: output, section: s, text: t, rule: free, confidence: high, provenance: quoted}}""";
    private static final Situation BEFORE = new Situation(
            UseJson.read(
                            "facts",
                            bytes(
                                    "operator: {domicile: FR, monthlyUsers: {group: 5, product: 4, mostEver: 9}, servesOthers: true}"))
                    .operator(),
            Map.of(
                    "acme",
                    UseJson.read("facts", bytes("tenant: {commercial: false, purposes: [research]}"))
                            .tenant(),
                    "other",
                    UseJson.read("facts", bytes("{}")).tenant()),
            List.of(
                    Candidate.of(new Lineage.Node(
                            "a/base", Traits.UNKNOWN, new LicenseClaim("mit", null, "MIT", false), List.of())),
                    Candidate.of(new Lineage.Node(
                            "a/open", Traits.UNKNOWN, new LicenseClaim("mit", "other", null, true), List.of()))),
            CATALOG);

    @Test
    void facts_are_set_and_unset_and_others_stay() {
        var after = apply("""
                operator: {monthlyUsers: {group: 100000000, mostEver: null}, domicile: DE}
                tenants: {acme: {commercial: true}, '*': {purposes: [assistance], commercial: null}}
                """);

        assertThat(UseJson.canonical(new io.weighbridge.license.policy.Use(
                        io.weighbridge.license.terms.Act.SERVE,
                        after.operator(),
                        Objects.requireNonNull(after.tenants().get("acme")),
                        io.weighbridge.license.policy.Use.Request.UNDECLARED)))
                .isEqualTo(
                        "{\"act\":\"serve\",\"operator\":{\"domicile\":\"DE\",\"monthlyUsers\":{\"group\":100000000,"
                                + "\"product\":4},\"servesOthers\":true},\"tenant\":{\"commercial\":true,\"purposes\":[\"assistance\"]}}");
        assertThat(Objects.requireNonNull(after.tenants().get("other")).commercial())
                .isEqualTo(Answer.UNKNOWN);
    }

    @Test
    void terms_come_from_a_file_or_stand_in_the_change() {
        for (var text : List.of("terms: [mit-2.yaml]", "terms: [" + TERMS + "]")) {
            var terms = Objects.requireNonNull(apply(text).catalog().find("MIT"));

            assertThat(terms.version()).isEqualTo(2);
            assertThat(apply(text).catalog().digest()).isNotEqualTo(CATALOG.digest());
        }
    }

    @Test
    void a_use_policy_is_replaced_wherever_it_is_referred_to() {
        var policy = CATALOG.all().stream()
                .flatMap(terms -> terms.policies().stream())
                .findFirst()
                .orElseThrow();
        var after = apply(
                "policies: [{id: %s, name: new, version: 99, mutable: true, url: 'about:blank', restrictions: []}]"
                        .formatted(policy.id()));

        assertThat(after.catalog().all().stream()
                        .flatMap(terms -> terms.policies().stream())
                        .filter(some -> some.id().equals(policy.id())))
                .isNotEmpty()
                .allMatch(some -> some.version() == 99);
    }

    @Test
    void conclusions_ancestors_and_models_are_changed() {
        var after = apply("""
                conclusions: {a/open: Apache-2.0, a/base: null}
                madeFrom: {a/open: [{model: a/base, relation: fine-tune}]}
                models: [{model: a/new, license: {declared: mit, concluded: MIT}}]
                """);

        var open = Objects.requireNonNull(after.lineage().find("a/open"));
        assertThat(open.claim()).isEqualTo(new LicenseClaim("mit", "other", "Apache-2.0", false));
        assertThat(open.origins()).containsExactly(new Lineage.Origin("a/base", Relation.FINE_TUNE));
        assertThat(Objects.requireNonNull(after.lineage().find("a/base"))
                        .claim()
                        .concluded())
                .isNull();
        assertThat(after.lineage().find("a/new")).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "[]                                                     | must be a mapping",
                "{operators: {}}                                        | unknown key 'operators'",
                "{about: 7}                                             | 'about' must be a text",
                "{operator: 7}                                          | operator must be a mapping",
                "{operator: {domicil: DE}}                              | unknown key 'domicil'",
                "{operator: {domicil: null}}                            | unknown key 'domicil'",
                "{operator: {monthlyUsers: {most: null}}}               | unknown key 'most'",
                "{operator: {servesOthers: 'yes'}}                      | must be true or false",
                "{tenants: {acme: {comercial: null}}}                   | unknown key 'comercial'",
                "{tenants: [acme]}                                      | 'tenants' must be a mapping",
                "{tenants: {nobody: {commercial: true}}}                | no tenant 'nobody'; known: acme, other",
                "{terms: [7]}                                           | file names or documents",
                "{terms: [nowhere.yaml]}                                | no such file",
                "{terms: [{key: mit}]}                                  | a document in 'terms'",
                "{policies: {}}                                         | 'policies' must be a list",
                "{policies: [{id: none, name: n, version: 1, mutable: true, url: u, restrictions: []}]} | no terms refer to",
                "{conclusions: {a/base: 7}}                             | must be a text",
                "{conclusions: {nobody/nothing: MIT}}                   | no model 'nobody/nothing'",
                "{madeFrom: {a/base: {}}}                               | must be a list",
                "{madeFrom: {a/base: [{model: a/base, relation: merge}]}} | would be made from itself",
                "{models: []}                                           | at least one model",
                "{operator: {monthlyUsers: {group: 100}}}               | which is above mostEver (9); change those too",
                "{                                                      | neither YAML nor JSON",
            })
    void what_is_wrong_is_named(String text, String reason) {
        assertThatThrownBy(() -> apply(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void without_files_a_file_is_refused() {
        assertThatThrownBy(() ->
                        ChangeJson.read("the body", bytes("terms: [secret.yaml]"), CATALOG, ChangeJson.Files.NONE))
                .hasMessageContaining("put the document itself into the change");
    }

    @Test
    void a_change_has_at_most_so_many_bytes_and_entries() {
        var largest = new byte[ChangeJson.CHANGE_BYTES_MAX];
        Arrays.fill(largest, (byte) ' ');
        largest[0] = '{';
        largest[1] = '}';
        assertThat(ChangeJson.read("change", largest, CATALOG, ChangeJson.Files.NONE))
                .isEqualTo(Change.NONE);
        assertThatThrownBy(() -> ChangeJson.read(
                        "change", Arrays.copyOf(largest, largest.length + 1), CATALOG, ChangeJson.Files.NONE))
                .hasMessageContaining("more than");

        assertThatThrownBy(() -> apply("terms: [" + "x, ".repeat(ChangeJson.ENTRIES_MAX) + "x]"))
                .hasMessageContaining("more than 1000 entries");
    }

    private static Situation apply(String text) {
        var change = ChangeJson.read("change.yaml", bytes(text), CATALOG, name -> {
            if (!name.equals("mit-2.yaml")) {
                throw new IllegalArgumentException("cannot read %s: no such file".formatted(name));
            }
            return bytes(TERMS);
        });
        return change.apply(BEFORE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
