package io.weighbridge.inference;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.weighbridge.inference");

    @Test
    void only_the_adapter_knows_the_back_end() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.weighbridge.inference.djl..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(CLASSES);
    }

    @Test
    void reactive_types_stay_at_the_edge() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.weighbridge.inference.grpc..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.smallrye.mutiny..")
                .check(CLASSES);
    }

    @Test
    void no_other_module_is_used_but_contracts_and_engine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.weighbridge.gateway..",
                        "io.weighbridge.registry..",
                        "io.weighbridge.license..",
                        "io.weighbridge.cli..")
                .check(CLASSES);
    }
}
