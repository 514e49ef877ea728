package dev.headlight;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The arrows between packages: they may skip a floor and never go back. */
class ArchitectureTest {
    private static final String ROOT = "dev.headlight";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    /** From the top floor to the ground floor. A package may use those of lower floors only; the empty name is the root package. */
    private static final List<List<String>> MODEL = List.of(
            List.of("arch"),
            List.of("part", "store", "hub"),
            List.of(""),
            List.of("text", "hook"),
            List.of("checkpoint"),
            List.of("schedule"),
            List.of("fault"));

    private static final List<List<String>> INTERP = List.of(
            List.of("circuits"),
            List.of("patching", "lens", "heads", "attribution", "verify"),
            List.of("intervene", "read"),
            List.of("intervene.action", "metric"),
            List.of("session"));

    private static final List<List<String>> WEB = List.of(List.of("analysis", "access"), List.of(""));

    @Test
    void arrowsNeverGoBack() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("web")
                .definedBy("dev.headlight.web..")
                .layer("interp")
                .definedBy("dev.headlight.interp..")
                .layer("render")
                .definedBy("dev.headlight.render..")
                .layer("model")
                .definedBy("dev.headlight.model..")
                .layer("tensor")
                .definedBy("dev.headlight.tensor..")
                .layer("jinja")
                .definedBy("dev.headlight.jinja..")
                .whereLayer("web")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("interp")
                .mayOnlyBeAccessedByLayers("web")
                .whereLayer("render")
                .mayOnlyBeAccessedByLayers("web")
                .whereLayer("model")
                .mayOnlyBeAccessedByLayers("web", "interp")
                .whereLayer("tensor")
                .mayOnlyBeAccessedByLayers("web", "interp", "model", "render")
                .whereLayer("jinja")
                .mayOnlyBeAccessedByLayers("model")
                .check(CLASSES);
    }

    @Test
    void noPackagesDependOnEachOtherInACircle() {
        slices().matching("dev.headlight.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void withinTheModelArrowsNeverGoBack() {
        checkFloors("dev.headlight.model", MODEL);
    }

    @Test
    void withinTheAnalysesArrowsNeverGoBack() {
        checkFloors("dev.headlight.interp", INTERP);
    }

    @Test
    void theMachineryOfTheWebKnowsNoEndpointOfAnAnalysis() {
        checkFloors("dev.headlight.web", WEB);
    }

    private static void checkFloors(String base, List<List<String>> floors) {
        LayeredArchitecture architecture = layeredArchitecture().consideringOnlyDependenciesInLayers();
        List<String> above = new ArrayList<>();
        for (List<String> floor : floors) {
            for (String room : floor) {
                String name = room.isEmpty() ? base : base + "." + room;
                architecture = architecture.layer(name).definedBy(name);
                architecture = above.isEmpty()
                        ? architecture.whereLayer(name).mayNotBeAccessedByAnyLayer()
                        : architecture.whereLayer(name).mayOnlyBeAccessedByLayers(above.toArray(String[]::new));
            }
            floor.forEach(room -> above.add(room.isEmpty() ? base : base + "." + room));
        }
        architecture.check(CLASSES);
        Set<String> found = CLASSES.stream()
                .filter(c -> !c.getSimpleName().equals("package-info"))
                .map(JavaClass::getPackageName)
                .filter(name -> name.equals(base) || name.startsWith(base + "."))
                .collect(Collectors.toSet());
        assertThat(above).as("every package has its floor").containsAll(found);
    }

    @Test
    void theTemplateLanguageReachesNothingOfTheMachine() {
        classes()
                .that()
                .resideInAPackage("dev.headlight.jinja")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.headlight.jinja",
                        "java.lang",
                        "java.lang.invoke", // of lambdas and string concatenation
                        "java.math",
                        "java.time..",
                        "java.util",
                        "java.util.function",
                        "java.util.regex",
                        "java.util.stream",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void springAndJacksonStayInTheWeb() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT, "dev.headlight.web..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "jakarta..",
                        "tools.jackson..",
                        "com.fasterxml.jackson..",
                        "io.swagger..")
                .check(CLASSES);
    }

    @Test
    void theEngineStaysBelowTheWeb() {
        classes()
                .that()
                .resideInAnyPackage("dev.headlight.web..", "dev.headlight.render..")
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackage("ai.djl..")
                .check(CLASSES);
    }

    @Test
    void drawingStaysInRender() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.headlight.render..")
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "draw",
                        c -> c.getPackageName().startsWith("java.awt")
                                || c.getPackageName().startsWith("org.jfree")))
                .check(CLASSES);
    }
}
