package dev.headlight.interp.intervene.action;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Site;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ActionTest {
    private static final String HERE = Action.class.getPackageName();

    private static Stream<Class<?>> actions() {
        return Stream.of(Action.class.getPermittedSubclasses());
    }

    @Test
    void everyActionIsARecordInAFileOfItsOwn() {
        assertThat(actions()).allMatch(Class::isRecord).allMatch(action -> action.getEnclosingClass() == null);
    }

    @Test
    void everyActionIsNamedAfterItsRecord() {
        assertThat(actions().map(Action::type))
                .containsExactly(
                        "zero",
                        "mean",
                        "scale",
                        "set",
                        "add",
                        "patch",
                        "noise",
                        "freeze",
                        "resample",
                        "project_out",
                        "clamp",
                        "mask");
    }

    @Test
    void everyActionSaysWhatItDoes() {
        assertThat(actions().map(action -> action.getAnnotation(Described.class)))
                .doesNotContainNull()
                .noneMatch(described -> described.value().isEmpty());
    }

    @Test
    void everyActionHasAnEditOfItsOwn() {
        assertThat(actions())
                .allMatch(action -> Stream.of(action.getDeclaredMethods())
                        .anyMatch(method -> method.getName().equals("edit")));
    }

    @Test
    void whatNoModelAllowsIsRefusedWhenTheActionIsMade() {
        assertRefused(() -> new Noise(-0.5, new SeededRandom(1)), "std", "-0.5 must be at least 0");
        assertRefused(() -> new Clamp(null, null), "min", "is required where max is not given");
        assertRefused(() -> new Clamp(2.0, 1.0), "min", "2.0 must be at most max, which is 1.0");
    }

    private static void assertRefused(Runnable make, String field, String message) {
        assertThatThrownBy(make::run)
                .isInstanceOf(BadSelection.class)
                .hasMessage(message)
                .extracting("field")
                .isEqualTo(field);
    }

    @Test
    void onlyActionsThatKeepZerosAreSafeOnThePatternOfACausalModel() {
        SeededRandom seed = new SeededRandom(1);
        List<Action> safe = List.of(new Zero(), new Scale(2), new Freeze());
        List<Action> unsafe = List.of(
                new Mean(null),
                new Set(1),
                new Add(List.of(1.0), 1),
                new Noise(1, seed),
                new Resample(seed, null),
                new ProjectOut(List.of(1.0), 1),
                new Clamp(1.0, null),
                new Mask());
        assertThat(safe).noneMatch(action -> action.maySeeAhead(Site.PATTERN));
        assertThat(unsafe).allMatch(action -> action.maySeeAhead(Site.PATTERN));
        assertThat(unsafe).noneMatch(action -> action.maySeeAhead(Site.RESID_POST));
    }

    @Test
    void anActionThatTakesNothingFromAReferenceDoesNotGather() {
        assertThatThrownBy(() -> new Zero().gather(null)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aChosenSeedIsExactInJavaScript() {
        Stream.generate(SeededRandom::chosen)
                .limit(100)
                .forEach(chosen -> assertThat(chosen.seed()).isBetween(0L, (1L << 53) - 1));
    }

    @Test
    void actionsKnowTheSessionAndTheModelAndNoAnalysis() {
        List<String> session = List.of("Session", "Batch", "Input", "Selection");
        classes()
                .that()
                .resideInAPackage(HERE)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                HERE,
                                "dev.headlight.model..",
                                "dev.headlight.tensor..",
                                "java..",
                                "ai.djl..",
                                "org.jspecify..")
                        .or(describe("a class of the session", c -> session.contains(c.getSimpleName()))))
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(HERE));
    }
}
