package io.weighbridge.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class EngineArchitectureTest {
    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.weighbridge.engine");

    @Test
    void engine_is_plain_java() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.weighbridge.engine..",
                        "java..",
                        "jdk.incubator.vector..",
                        "org.jspecify.annotations..",
                        "com.fasterxml.jackson..")
                .check(ENGINE);
    }

    @Test
    void packages_form_no_cycle() {
        slices().matching("io.weighbridge.engine.(*)..")
                .should()
                .beFreeOfCycles()
                .check(ENGINE);
    }

    @Test
    void checkpoint_depends_on_no_other_package_of_the_engine() {
        classes()
                .that()
                .resideInAPackage("io.weighbridge.engine.checkpoint..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.weighbridge.engine.checkpoint..",
                        "java..",
                        "org.jspecify.annotations..",
                        "com.fasterxml.jackson..")
                .check(ENGINE);
    }
}
