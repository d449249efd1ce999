package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.Samples;
import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.terms.UsePolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Damaged terms and facts: the only exception is IllegalArgumentException, and a key that is dropped or mistyped never turns a
 * prohibition into a permission.
 */
class CatalogFuzzTest {
    private static final int MUTATIONS_MAX = 4;

    /** One file in so many is damaged with each seed. */
    private static final int FILES_OF_SEED = 5;

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final TermsCatalog CATALOG = TermsReader.shipped();
    private static final Map<String, UsePolicy> POLICIES = CATALOG.all().stream()
            .flatMap(terms -> terms.policies().stream())
            .collect(Collectors.toMap(UsePolicy::id, Function.identity(), (one, _) -> one));
    private static final List<String> FILES = listed("files");
    private static final List<String> POLICY_FILES = listed("policies");

    /** The cases that some terms prohibit, whose facts come without a request: what a request says only narrows. */
    private static final List<LicenseCase> PROHIBITED = LicenseCase.all().stream()
            .filter(one -> one.verdict().equals("prohibited"))
            .toList();

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void damaged_terms_are_read_or_refused(RandomGenerator random) {
        for (var file : some(random, FILES)) {
            readOrRefuse(() -> TermsReader.read(file, damaged(random, bytes(file)), POLICIES));
        }
        for (var file : POLICY_FILES) {
            readOrRefuse(() -> TermsReader.readPolicy(file, damaged(random, bytes("policies/" + file))));
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void damaged_facts_and_lineages_are_read_or_refused(RandomGenerator random) {
        for (var one : PROHIBITED) {
            var facts = one.facts().toString().getBytes(StandardCharsets.UTF_8);
            readOrRefuse(() -> UseJson.read("facts.yaml", damaged(random, facts)));
        }
        var lineages = bytes("/cases/lineage-weights.yaml");
        readOrRefuse(() -> LineageJson.read("lineage.yaml", damaged(random, lineages)));
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_lost_key_of_terms_never_permits_what_was_prohibited(RandomGenerator random) {
        for (var file : some(random, FILES)) {
            var original = TermsReader.read(file, bytes(file), POLICIES);
            var changed = read(file, withoutOneKey(random, bytes(file)));
            if (changed != null) {
                requireNoPermit(original, changed);
            }
        }
        for (var file : some(random, POLICY_FILES)) {
            try {
                var policy = TermsReader.readPolicy(file, withoutOneKey(random, bytes("policies/" + file)));
                CATALOG.all().stream()
                        .filter(terms -> terms.policies().stream()
                                .anyMatch(one -> one.id().equals(policy.id())))
                        .forEach(terms -> requireNoPermit(terms, with(terms, policy)));
            } catch (IllegalArgumentException refused) {
                assertThat(refused).hasMessageContaining(file);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_lost_fact_never_permits_what_was_prohibited(RandomGenerator random) {
        for (var one : PROHIBITED) {
            var facts = (ObjectNode) one.facts().deepCopy();
            if (facts.has("request")) {
                continue;
            }
            var act = facts.remove("act");
            loseOneKey(random, facts);
            if (act != null) {
                facts.set("act", act);
            }
            Use use;
            try {
                use = UseJson.use(facts);
            } catch (IllegalArgumentException refused) {
                continue;
            }
            assertThat(LicensePolicy.check(one.subject(CATALOG), use))
                    .as("%s with %s", one, facts)
                    .isNotInstanceOf(Permitted.class);
        }
    }

    @Test
    void bytes_that_are_no_text_are_refused_and_not_taken_for_a_broken_disk() {
        var broken = new byte[] {'k', 'e', 'y', ':', ' ', (byte) 0xff, (byte) 0xfe, 0, 0};
        assertThatThrownBy(() -> TermsReader.read("a.yaml", broken)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TermsReader.readPolicy("a.yaml", broken)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UseJson.read("a.yaml", broken)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LineageJson.read("a.yaml", broken)).isInstanceOf(IllegalArgumentException.class);
    }

    /** A part of the files for each seed, so that all seeds together stay a matter of seconds. */
    private static List<String> some(RandomGenerator random, List<String> files) {
        return files.stream().filter(_ -> random.nextInt(FILES_OF_SEED) == 0).toList();
    }

    private static void requireNoPermit(Terms original, Terms changed) {
        for (var one : PROHIBITED) {
            if (LicensePolicy.check(original, one.use()) instanceof Prohibited) {
                assertThat(LicensePolicy.check(changed, one.use()))
                        .as("%s under damaged %s", one, original.key())
                        .isNotInstanceOf(Permitted.class);
            }
        }
    }

    private static Terms with(Terms terms, UsePolicy policy) {
        var policies = terms.policies().stream()
                .map(one -> one.id().equals(policy.id()) ? policy : one)
                .toList();
        return new Terms(
                terms.key(),
                terms.id(),
                terms.aliases(),
                terms.name(),
                terms.version(),
                terms.digest(),
                terms.url(),
                terms.steward(),
                terms.licenseClass(),
                terms.summary(),
                terms.grants(),
                terms.conditions(),
                terms.obligations(),
                terms.restrictions(),
                terms.outputs(),
                terms.naming(),
                policies);
    }

    private static @Nullable Terms read(String file, byte[] yaml) {
        try {
            return TermsReader.read(file, yaml, POLICIES);
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageContaining(file);
            return null;
        }
    }

    /** Anything but IllegalArgumentException fails the test. */
    private static void readOrRefuse(Runnable read) {
        try {
            read.run();
        } catch (IllegalArgumentException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
    }

    private static byte[] damaged(RandomGenerator random, byte[] original) {
        var bytes = original.clone();
        for (int i = 0; i <= random.nextInt(MUTATIONS_MAX); i++) {
            var at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = (byte) "{}[],:'\"\n &*!|>%@-0".charAt(random.nextInt(19));
                case 2 -> bytes = cut(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(30)));
                default -> bytes = repeated(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(60)));
            }
            if (bytes.length == 0) {
                return bytes;
            }
        }
        return bytes;
    }

    private static byte[] cut(byte[] bytes, int from, int to) {
        var rest = new byte[bytes.length - (to - from)];
        System.arraycopy(bytes, 0, rest, 0, from);
        System.arraycopy(bytes, to, rest, from, bytes.length - to);
        return rest;
    }

    private static byte[] repeated(byte[] bytes, int from, int to) {
        var longer = new byte[bytes.length + (to - from)];
        System.arraycopy(bytes, 0, longer, 0, to);
        System.arraycopy(bytes, from, longer, to, bytes.length - from);
        return longer;
    }

    private static byte[] withoutOneKey(RandomGenerator random, byte[] yaml) {
        try {
            var root = YAML.readTree(yaml);
            loseOneKey(random, root);
            return YAML.writeValueAsBytes(root);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Drops a key somewhere in {@code root}, or misspells it. */
    private static void loseOneKey(RandomGenerator random, JsonNode root) {
        var objects = new ArrayList<ObjectNode>();
        collect(root, objects);
        objects.removeIf(JsonNode::isEmpty);
        if (objects.isEmpty()) {
            return;
        }
        var object = objects.get(random.nextInt(objects.size()));
        var keys = new ArrayList<String>();
        object.fieldNames().forEachRemaining(keys::add);
        var key = keys.get(random.nextInt(keys.size()));
        var value = object.remove(key);
        if (random.nextBoolean()) {
            object.set(
                    Samples.oneOf(random, key + "s", key.substring(1), key.toUpperCase(java.util.Locale.ROOT)), value);
        }
    }

    private static void collect(JsonNode node, List<ObjectNode> objects) {
        if (node instanceof ObjectNode object) {
            objects.add(object);
        }
        node.forEach(part -> collect(part, objects));
    }

    private static List<String> listed(String key) {
        var names = new ArrayList<String>();
        try {
            YAML.readTree(bytes("index.yaml")).path(key).forEach(name -> names.add(name.asText()));
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException("the shipped index is no YAML", broken);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return names;
    }

    private static byte[] bytes(String file) {
        var path = file.startsWith("/") ? file : "/terms/" + file;
        try (InputStream in = Objects.requireNonNull(CatalogFuzzTest.class.getResourceAsStream(path), path)) {
            return in.readAllBytes();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
