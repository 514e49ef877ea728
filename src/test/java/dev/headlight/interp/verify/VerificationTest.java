package dev.headlight.interp.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.headlight.interp.HandMade;
import dev.headlight.interp.Requests;
import dev.headlight.interp.session.Limits;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.session.WireSize;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Sound models keep what must hold of every run, and a fault shows where it is and nowhere else. */
class VerificationTest {
    private static final long WIDE = 1 << 28;

    private final Fixture f = Fixture.of("gpt2"); // 2 layers, 3 heads
    private final int[] a = f.prompts().get("a"); // 9 tokens
    private final int[] b = f.prompts().get("b"); // 6 tokens
    private final int[] clean = f.prompts().get("clean"); // 9 tokens

    static List<Fixture> everyModel() {
        return Fixture.all();
    }

    static List<Fixture> ownFixtures() {
        return Fixture.own();
    }

    private static Verification verify(HookedModel model, long runBytes, int[]... inputs) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = new Session(model, new Limits(1024, 64, WIDE, runBytes), kept, WireSize.VALUES);
            return new Verifier(session, Requests.inputs(session, inputs)).verify();
        }
    }

    private Verification verifyFaulty(HookName where, Faulty.Fault fault, int[]... inputs) {
        try (Faulty faulty = new Faulty(f, where, fault)) {
            return verify(faulty, WIDE, inputs);
        }
    }

    /** Multiplies by one factor at one index of each axis; the first axis whole where its index is negative. */
    private static NDArray scaledAt(NDArray value, float factor, long... at) {
        long[] shape = value.getShape().getShape();
        float[] factors = new float[(int) value.size()];
        for (int i = 0; i < factors.length; i++) {
            long rest = i;
            boolean chosen = true;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                chosen &= axis >= at.length || at[axis] < 0 || at[axis] == rest % shape[axis];
                rest /= shape[axis];
            }
            factors[i] = chosen ? factor : 1;
        }
        return value.mul(value.getManager().create(factors, new Shape(shape)));
    }

    private static void assertOnly(Verification found, String name, String hook) {
        assertThat(found.warnings())
                .singleElement()
                .asString()
                .startsWith("verification." + name + " is ")
                .contains(" at " + hook)
                .contains("must be at most");
    }

    @ParameterizedTest
    @MethodSource("everyModel")
    void everyModelKeepsWhatMustHold(Fixture model) {
        Verification found =
                verify(model.model(), WIDE, model.prompts().values().toArray(int[][]::new));
        assertThat(found.warnings()).isEmpty();
        assertThat(found.noOpIntervention().largest()).isZero();
        assertThat(found.attentionRows().largest()).isLessThan(1e-6);
        assertThat(found.patternTimesValues().largest()).isLessThan(1e-5);
        assertThat(found.residualStream().largest()).isLessThan(1e-6);
        assertThat(found.batchRow().largest()).isLessThan(5e-5);
    }

    @ParameterizedTest
    @MethodSource("ownFixtures")
    void aModelInHalfPrecisionKeepsItWithinThatPrecision(Fixture fixture) {
        try (HookedModel half = fixture.on(Fixture.HALF).model()) {
            Verification found = verify(half, WIDE, fixture.prompts().values().toArray(int[][]::new));
            assertThat(found.warnings()).isEmpty();
            assertThat(found.noOpIntervention().largest()).isZero();
            assertThat(found.residualStream().largest()).isLessThan(1e-6); // joined in float16, as in the model
            assertThat(found.attentionRows().largest()).isBetween(1e-5, 1e-3);
            assertThat(found.patternTimesValues().largest()).isBetween(1e-5, 1e-3);
        }
    }

    @Test
    void aRowOfAPatternThatDoesNotSumToOneIsFound() {
        Verification found =
                verifyFaulty(new HookName(1, Site.PATTERN), (value, hooks) -> scaledAt(value, 1.1f, -1, 2, 3), a);
        assertOnly(found, "attention_rows", "blocks.1.attn.hook_pattern of input 0");
        assertThat(found.attentionRows().largest()).isCloseTo(0.1, within(1e-5));
    }

    @Test
    void aHeadThatDoesNotMixTheValuesByItsPatternIsFound() {
        Verification found =
                verifyFaulty(new HookName(0, Site.Z), (value, hooks) -> scaledAt(value, 1.5f, -1, -1, 1), a);
        assertOnly(found, "pattern_times_values", "blocks.0.attn.hook_z of input 0");
    }

    @ParameterizedTest
    @CsvSource({"0, RESID_MID", "1, RESID_MID", "0, RESID_POST", "1, RESID_POST", "1, RESID_PRE"})
    void aResidualStreamThatIsNotTheSumOfItsPartsIsFound(int layer, Site site) {
        HookName where = new HookName(layer, site);
        Verification found = verifyFaulty(where, (value, hooks) -> value.add(0.5), a);
        // what is wrong in the middle of a block is as wrong after it
        assertOnly(
                found, "residual_stream", site == Site.RESID_MID ? "blocks." + layer + ".hook_resid_" : where + " of");
        assertThat(found.residualStream().largest()).isLessThanOrEqualTo(0.5 + 1e-6); // relative
    }

    @Test
    void aModelThatLooksAtTheOtherRowsOfItsBatchIsFound() {
        Verification found = verifyFaulty(
                new HookName(0, Site.MLP_OUT),
                (value, hooks) -> value.add(value.mean(new int[] {0}, true).mul(0.1)),
                a);
        assertOnly(found, "batch_row", "");
        assertThat(found.batchRow().hook()).doesNotContain("attn.hook_q").isNotEqualTo("hook_embed");
    }

    @Test
    void aModelThatAnInterventionOfNothingChangesIsFound() {
        HookName where = new HookName(1, Site.MLP_OUT);
        Verification found =
                verifyFaulty(where, (value, hooks) -> hooks.changes(where) ? value.mul(1.0000005) : value, a);
        assertOnly(found, "no_op_intervention", "logits of input 0"); // a rounding more is too much
        assertThat(found.noOpIntervention().largest()).isPositive().isLessThan(1e-5);
    }

    @Test
    void whatIsNotFiniteIsNullAndSaysSo() {
        Verification found = verifyFaulty(
                new HookName(1, Site.Z), (value, hooks) -> value.zerosLike().div(0), a);
        assertThat(found.patternTimesValues().largest()).isNull();
        assertThat(found.warnings())
                .contains("verification.pattern_times_values is not finite at blocks.1.attn.hook_z of input 0,"
                        + " and must be at most 1.0E-4");
        assertThat(found.noOpIntervention().largest()).isNull();
        assertThat(found.batchRow().largest()).isNull();
        assertThat(found.attentionRows().largest()).isLessThan(1e-6);
    }

    @Test
    void theInputIsNamedByItsPlaceInTheRequest() {
        HookName where = new HookName(0, Site.PATTERN);
        Faulty.Fault secondRow = (value, hooks) ->
                value.getShape().get(0) > 1 ? scaledAt(value, 2, 1) : value; // a and clean run together
        Verification ofSecond = verifyFaulty(where, secondRow, a, b, clean);
        assertThat(ofSecond.attentionRows().input()).isEqualTo(2);
        assertThat(ofSecond.batchRow().input()).isEqualTo(2);
        Faulty.Fault shorter = (value, hooks) -> value.getShape().get(2) == b.length ? value.mul(2) : value;
        Verification found = verifyFaulty(where, shorter, a, b, clean);
        assertOnly(found, "attention_rows", "blocks.0.attn.hook_pattern of input 1");
    }

    @Test
    void valuesAreSharedByTheHeadsOfAGroupAndAParallelBlockHasNoMiddle() {
        try (HandMade model = new HandMade()) {
            Verification found = verify(model, WIDE, new int[] {1, 2, 0}, new int[] {3});
            assertThat(found.warnings()).isEmpty();
            assertThat(found.residualStream().hook()).isEqualTo("blocks.0.hook_resid_post");
        }
    }

    @Test
    void onePassMoreForEachInputAndThreeForEachLength() {
        assertThat(passes(WIDE, a)).isEqualTo(3 + 1);
        assertThat(passes(WIDE, a, b, clean)).isEqualTo(2 * 3 + 3);
    }

    @Test
    void littleMemoryTakesMorePassesAndFindsTheSame() {
        long least = least();
        assertThat(verify(f.model(), least, a, b)).isEqualTo(verify(f.model(), WIDE, a, b));
        assertThat(passes(least, a)).isGreaterThan(passes(WIDE, a) + 10);
    }

    @Test
    void tooLittleMemoryIsRefusedBeforeAnythingIsRun() {
        long least = least();
        long forwards = f.model().forwards();
        long arrays = NativeArrays.count();
        assertThatThrownBy(() -> verify(f.model(), least - 1, b, a))
                .isInstanceOfSatisfying(
                        TooLarge.class, e -> assertThat(e.field()).isEqualTo("verify"))
                .hasMessage(least + " bytes of activations are more than the limit of " + (least - 1)
                        + " (headlight.limits.run-bytes)");
        assertThat(f.model().forwards()).isEqualTo(forwards);
        assertThat(NativeArrays.count()).isEqualTo(arrays);
    }

    private long passes(long runBytes, int[]... inputs) {
        long before = f.model().forwards();
        verify(f.model(), runBytes, inputs);
        return f.model().forwards() - before;
    }

    /** The least memory that verifies {@code a}, as the refusal names it. */
    private long least() {
        AtomicLong least = new AtomicLong();
        assertThatThrownBy(() -> verify(f.model(), f.model().bytes(a.length), a))
                .isInstanceOf(TooLarge.class)
                .satisfies(e -> least.set(Long.parseLong(e.getMessage().split(" ")[0])));
        return least.get();
    }
}
