package io.weighbridge.registry;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The registry's row of the dependency table, and which package may know which. */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.weighbridge.registry");

    @Test
    void registry_uses_no_module_but_contracts_and_license_policy() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.weighbridge.engine..",
                        "io.weighbridge.inference..",
                        "io.weighbridge.gateway..",
                        "io.weighbridge.cli..",
                        "ai.djl..")
                .check(CLASSES);
    }

    @Test
    void domain_knows_no_framework_no_database_and_no_wire() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "..registry.catalog..", "..registry.blobs..", "..registry.licensing..", "..registry.ingest..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.quarkus..",
                        "io.smallrye..",
                        "io.vertx..",
                        "jakarta..",
                        "java.sql..",
                        "javax.sql..",
                        "..registry.rest..")
                .check(CLASSES);
    }

    @Test
    void catalog_knows_neither_how_bytes_come_in_nor_where_they_lie() {
        noClasses()
                .that()
                .resideInAPackage("..registry.catalog..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..registry.ingest..", "..registry.blobs..", "..registry.jdbc..")
                .check(CLASSES);
    }

    @Test
    void only_the_jdbc_package_speaks_sql() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..registry.jdbc..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.sql..")
                .check(CLASSES);
    }

    @Test
    void only_the_rest_package_speaks_http_as_a_server() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..registry.rest..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jakarta.ws.rs..")
                .check(CLASSES);
    }
}
