package io.weighbridge.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    @Test
    void the_command_sees_neither_quarkus_nor_djl_itself() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.quarkus..",
                        "ai.djl..",
                        "io.weighbridge.gateway..",
                        "io.weighbridge.registry..",
                        "io.weighbridge.inference.grpc..",
                        "io.weighbridge.inference.loop..",
                        "io.weighbridge.inference.loading..")
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("io.weighbridge.cli"));
    }
}
