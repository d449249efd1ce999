package io.weighbridge.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.weighbridge.gateway");

    @Test
    void of_weighbridge_only_the_contracts_and_the_license_policy_are_used() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.weighbridge..")
                        .and(not(resideInAnyPackage(
                                "io.weighbridge.gateway..", "io.weighbridge.license..", "io.weighbridge.v1.."))))
                .check(MAIN);
    }

    @Test
    void reactive_types_stay_at_the_edges() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..gateway.openai..", "..gateway.upstream..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.smallrye.mutiny..")
                .check(MAIN);
    }

    @Test
    void grpc_is_known_only_upstream_and_where_its_events_become_responses() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..gateway.openai..", "..gateway.upstream..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.grpc..")
                .check(MAIN);
    }

    @Test
    void admission_knows_neither_http_nor_grpc() {
        noClasses()
                .that()
                .resideInAPackage("..gateway.admission..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "jakarta.ws..", "io.grpc..", "..gateway.openai..", "..upstream..")
                .check(MAIN);
    }
}
