package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every case through the library. */
class PolicyCasesTest {
    private static final int CASES_MIN = 200;
    private static final TermsCatalog CATALOG = TermsReader.shipped();

    static List<LicenseCase> cases() {
        return LicenseCase.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_library_agrees(LicenseCase one) {
        var verdict = LicensePolicy.check(one.subject(CATALOG), one.use());
        assertThat(one.mismatch(verdict)).as("%s", verdict).isNull();
        assertThat(verdict.findings()).allSatisfy(finding -> {
            assertThat(finding.howToFix()).isNotBlank();
            assertThat(finding.evidence()).isNotBlank();
        });
    }

    @Test
    void there_are_enough_cases() {
        assertThat(cases()).hasSizeGreaterThanOrEqualTo(CASES_MIN);
    }

    @Test
    void every_file_is_in_the_index() throws Exception {
        var listed = cases().stream().map(LicenseCase::file).distinct().toList();
        assertThat(listed).containsExactlyInAnyOrderElementsOf(files());
    }

    private static List<String> files() throws java.io.IOException, URISyntaxException {
        var folder = Path.of(PolicyCasesTest.class.getResource("/cases").toURI());
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("index.yaml"))
                    .toList();
        }
    }
}
