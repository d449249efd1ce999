package io.weighbridge.license;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.weighbridge.license");

    @Test
    void only_the_java_platform_and_a_yaml_reader_are_used() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..", "org.jspecify..", "io.weighbridge.license..", "com.fasterxml.jackson.."))
                .check(MAIN);
    }

    @Test
    void only_the_readers_know_a_file_format() {
        noClasses()
                .that()
                .doNotHaveSimpleName("TermsReader")
                .and()
                .haveSimpleNameNotEndingWith("Json")
                .and()
                .doNotHaveSimpleName("JsonReader")
                .and()
                .doNotHaveSimpleName("FingerprintReader")
                .and()
                .doNotHaveSimpleName("YamlTree")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml..")
                .check(MAIN);
    }

    @Test
    void terms_do_not_know_who_decides() {
        noClasses()
                .that()
                .resideInAPackage("..terms..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..policy..")
                .check(MAIN);
    }

    @Test
    void identity_knows_neither_terms_nor_who_decides() {
        noClasses()
                .that()
                .resideInAPackage("..text..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..terms..", "..policy..")
                .check(MAIN);
    }
}
