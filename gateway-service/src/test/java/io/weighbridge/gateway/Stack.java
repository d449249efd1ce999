package io.weighbridge.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** What is around the gateway under test: one registry, two replicas, and the folder with its keys file. */
public record Stack(FakeRegistry registry, FakeInference first, FakeInference second, Path home) {
    public static final String KEYS = """
            operator: {servesOthers: false}
            anonymous: {commercial: false}
            keys:
              - {name: private, key: key-private, tenant: {commercial: false, purposes: [assistance, research]}}
              - {name: business, key: key-business, tenant: {commercial: true, purposes: [assistance]}}
              - {name: silent, key: key-silent}
              # sha256 of "key-hashed"
              - {name: hashed, keySha256: HASHED, tenant: {commercial: false}}
            """.replace("HASHED", Sha256.hex("key-hashed"));

    public static final String APACHE = "HuggingFaceTB/SmolLM2-135M-Instruct";
    public static final String NONCOMMERCIAL = "cohere/command-small";
    public static final String GEMMA = "google/gemma-3-270m";
    public static final String UNREAD = "acme/own-license";
    public static final String CONFLICT = "acme/two-labels";
    public static final String LOADING = "acme/loading";
    public static final String BLOOM = "bigscience/bloom-560m";
    public static final List<String> SERVED = List.of(APACHE, NONCOMMERCIAL, GEMMA, UNREAD, CONFLICT, BLOOM);

    public static final String SNAPSHOT = """
            {"version": "v1", "models": [
              {"id": "HuggingFaceTB/SmolLM2-135M-Instruct", "createdAt": 1730000000, "note": "ignored",
               "checkpoint": {"contextLength": 2048, "weightsDigest": "sha256:00", "format": "gguf"},
               "license": {"declared": "apache-2.0", "detected": null, "concluded": "Apache-2.0", "conflict": false}},
              {"id": "cohere/command-small", "checkpoint": {"contextLength": 2048}, "createdAt": 1730000001,
               "license": {"declared": "cc-by-nc-4.0", "concluded": "CC-BY-NC-4.0"}},
              {"id": "google/gemma-3-270m", "checkpoint": {"contextLength": 2048}, "createdAt": 1730000002,
               "license": {"declared": "gemma", "concluded": "LicenseRef-Gemma"}},
              {"id": "acme/own-license", "checkpoint": {"contextLength": 2048}, "createdAt": 1730000003, "license": {"declared": "other"}},
              {"id": "acme/two-labels", "checkpoint": {"contextLength": 2048}, "createdAt": 1730000004,
               "license": {"declared": "mit", "detected": "CC-BY-NC-4.0", "conflict": true}},
              {"id": "acme/loading", "createdAt": 1730000005,
               "license": {"declared": "mit", "concluded": "MIT"}},
              {"id": "bigscience/bloom-560m", "checkpoint": {"contextLength": 2048}, "createdAt": 1730000006,
               "license": {"declared": "bigscience-bloom-rail-1.0",
                           "concluded": "LicenseRef-scancode-bigscience-rail-1.0"}}
            ]}""";

    /** Everything as at the start: one replica that answers, one that has no model. */
    public void reset() {
        keys(KEYS);
        registry.publish("v1", SNAPSHOT);
        registry.failing(false);
        for (var replica : List.of(first, second)) {
            if (!replica.alive()) {
                replica.start();
            }
            replica.script(FakeInference::paris);
            replica.running(0);
            replica.draining(false);
            replica.forget();
        }
        first.serve(SERVED);
        second.serve(List.of());
    }

    public Path keysFile() {
        return home.resolve("keys.yaml");
    }

    /** Replaces the keys file in one step; a file that holds this text already stays as it is. */
    public void keys(String yaml) {
        try {
            if (Files.exists(keysFile()) && Files.readString(keysFile()).equals(yaml)) {
                return;
            }
            var next = home.resolve("keys.next");
            Files.writeString(next, yaml);
            Files.move(next, keysFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
