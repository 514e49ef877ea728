package dev.headlight;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between packages: they may skip a package and never go back. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.headlight");

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
                .check(CLASSES);
    }

    @Test
    void withinTheModelArchitecturesUsePartsAndPartsUseTheCore() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("arch")
                .definedBy("dev.headlight.model.arch")
                .layer("part")
                .definedBy("dev.headlight.model.part")
                .layer("hub")
                .definedBy("dev.headlight.model.hub")
                .layer("core")
                .definedBy("dev.headlight.model")
                .whereLayer("arch")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("hub")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("part")
                .mayOnlyBeAccessedByLayers("arch")
                .check(CLASSES);
    }

    @Test
    void theTemplateLanguageReachesNothingOfTheMachine() {
        classes()
                .that()
                .resideInAPackage("dev.headlight.model.jinja")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.headlight.model.jinja",
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
                .resideOutsideOfPackages("dev.headlight", "dev.headlight.web..")
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
                .dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "draw",
                        c -> c.getPackageName().startsWith("java.awt")
                                || c.getPackageName().startsWith("org.jfree")))
                .check(CLASSES);
    }
}
