package dev.headlight.interp.intervene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.headlight.interp.Requests;
import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The hooks that every analysis runs the model with. */
class InterventionRunTest extends OnGpt2 {
    private static final HookName POST = new HookName(0, Site.RESID_POST);
    private static final HookName PATTERN = new HookName(0, Site.PATTERN);
    private static final HookName LOGITS = HookName.of(Site.LOGITS);

    private interface Body {
        void run(InterventionRun interventionRun, NDManager manager);
    }

    private void with(String interventions, Body body) {
        try (NDManager manager = session.newManager();
                InterventionRun interventionRun = new InterventionRun(
                        session, Requests.interventions(f.model().hookPoints(), interventions), true)) {
            interventionRun.check(Requests.inputs(session, a));
            body.run(interventionRun, manager);
        }
    }

    static List<String> ofEveryKind() {
        String reference = "[[3,5,7],[2,4]]";
        String source = "[9,8,7,6,5,4,3,2,1]";
        return List.of(
                one(POST, "'positions':[2,-1],", "{'type':'zero'}"),
                one(POST, "'positions':[2,-1],'neurons':[3],", "{'type':'mean'}"),
                one(POST, "'positions':[2,-1],", "{'type':'mean','reference':" + reference + "}"),
                one(POST, "", "{'type':'noise','std':0.5,'seed':3}"),
                one(POST, "'positions':[7,8],", "{'type':'patch','source':" + source + ",'source_positions':[1,2]}"),
                one(POST, "", "{'type':'add','vector':[1,2,3,4,5,6,7,8,9,10,11,12]}"),
                one(POST, "'positions':[2,-1],", "{'type':'resample','seed':3}"),
                one(POST, "'positions':[2,-1],", "{'type':'resample','seed':3,'reference':" + reference + "}"),
                one(POST, "'neurons':[2,5],", "{'type':'clamp','min':0.01,'max':0.02}"),
                one(PATTERN, "'heads':[1],'positions':[-1],", "{'type':'mean'}"),
                one(PATTERN, "'heads':[1],", "{'type':'noise','std':0.5,'seed':3}"),
                one(PATTERN, "'heads':[1],", "{'type':'patch','source':" + source + "}"));
    }

    private static String one(HookName hook, String where, String action) {
        return one(hook.toString(), where, action);
    }

    private HookName hook(String interventions) {
        return Requests.interventions(f.model().hookPoints(), interventions)
                .get(0)
                .hook();
    }

    /** The value of a hook point of the unmodified run, so many rows of it. */
    private NDArray value(NDManager manager, HookName hook, int rows) {
        Capture capture = new Capture(List.of(hook));
        int[][] ids = new int[rows][];
        Arrays.fill(ids, a);
        f.model().forwardTo(HookedModel.ids(manager, List.of(ids)), capture);
        return capture.value(hook);
    }

    @ParameterizedTest
    @MethodSource("ofEveryKind")
    void aRunOfOneInputMayHaveMoreRows(String interventions) {
        HookName hook = hook(interventions);
        with(interventions, (interventionRun, manager) -> {
            float[] one = interventionRun
                    .on(manager, List.<int[]>of(a))
                    .at(hook, value(manager, hook, 1))
                    .toFloatArray();
            NDArray three = interventionRun.on(manager, List.<int[]>of(a)).at(hook, value(manager, hook, 3));
            assertThat(one).isNotEqualTo(value(manager, hook, 1).toFloatArray());
            for (int row = 0; row < 3; row++) {
                assertThat(Ops.row(three, row).toFloatArray()).containsExactly(one);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("ofEveryKind")
    void aRunMayHoldOnlyTheLastPositions(String interventions) {
        HookName hook = hook(interventions);
        int axis = hook.site().positionAxis() + 1;
        with(interventions, (interventionRun, manager) -> {
            Hooks hooks = interventionRun.on(manager, List.<int[]>of(a));
            NDArray value = value(manager, hook, 1);
            NDArray whole = Ops.slice(hooks.at(hook, value), axis, 5, 9);
            NDArray last = hooks.at(hook, Ops.slice(value, axis, 5, 9));
            assertThat(last.getShape()).isEqualTo(whole.getShape());
            assertThat(last.toFloatArray()).containsExactly(whole.toFloatArray());
        });
    }

    @ParameterizedTest
    @MethodSource("ofEveryKind")
    void gradientsPassWhatIsNotChosenAndTheHooksLeaveTheirValueAsItIs(String interventions) {
        HookName hook = hook(interventions);
        with(interventions, (interventionRun, manager) -> {
            Hooks hooks = interventionRun.on(manager, List.<int[]>of(a));
            NDArray value = value(manager, hook, 1).duplicate();
            float[] before = value.toFloatArray();
            float[] others = value.add(5).toFloatArray();
            float[] changed = hooks.at(hook, value.add(5)).toFloatArray();
            JniUtils.setGradMode(true);
            try {
                value.setRequiresGradient(true);
                NDArray after = hooks.at(hook, value);
                JniUtils.backward((PtNDArray) after.sum(), (PtNDArray) manager.ones(new Shape()), false, false);
                float[] gradient = value.getGradient().toFloatArray();
                boolean adds = interventions.contains("noise") || interventions.contains("add");
                for (int i = 0; i < gradient.length; i++) {
                    assertThat(gradient[i]).isEqualTo(adds || changed[i] == others[i] ? 1 : 0);
                }
            } finally {
                Ops.differentiate(false, value);
            }
            assertThat(value.toFloatArray()).containsExactly(before);
        });
    }

    @Test
    void gradientsAreThoseOfTheProjection() {
        String projected = one(POST, "", "{'type':'project_out','vector':[3,4,0,0,0,0,0,0,0,0,0,0]}");
        with(projected, (interventionRun, manager) -> {
            Hooks hooks = interventionRun.on(manager, List.<int[]>of(a));
            NDArray value = value(manager, POST, 1).duplicate();
            JniUtils.setGradMode(true);
            try {
                value.setRequiresGradient(true);
                NDArray first = Ops.slice(hooks.at(POST, value), 2, 0, 1); // (1 - .36) x0 - .48 x1
                JniUtils.backward((PtNDArray) first.sum(), (PtNDArray) manager.ones(new Shape()), false, false);
                float[] gradient = Ops.row(Ops.row(value.getGradient(), 0), 4).toFloatArray();
                assertThat(gradient)
                        .usingComparatorWithPrecision(1e-6f)
                        .containsExactly(0.64f, -0.48f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            } finally {
                Ops.differentiate(false, value);
            }
        });
    }

    @Test
    void whatIsFrozenIsWhatItWasInTheUnmodifiedRunInEveryRow() {
        with(one(POST, "'positions':[2,-1],", "{'type':'freeze'}"), (interventionRun, manager) -> {
            NDArray value = value(manager, POST, 2);
            float[] before = value.toFloatArray();
            float[] after = interventionRun
                    .on(manager, List.<int[]>of(a))
                    .at(POST, value.mul(2))
                    .toFloatArray();
            for (int i = 0; i < after.length; i++) {
                int position = i / 12 % 9;
                assertThat(after[i]).isEqualTo(position == 2 || position == 8 ? before[i] : 2 * before[i]);
            }
        });
    }

    @Test
    void withoutInterventionsNothingIsWantedAndNothingIsRun() {
        with("[]", (interventionRun, manager) -> {
            long forwards = f.model().forwards();
            Hooks hooks = interventionRun.on(manager, List.<int[]>of(a));
            assertThat(f.model().forwards()).isEqualTo(forwards);
            assertThat(f.model().hookPoints().every()).noneMatch(hooks::wants).noneMatch(hooks::changes);
            assertThat(interventionRun.firstBlock()).isEqualTo(f.model().info().nLayers());
            assertThat(interventionRun.seeds()).isEmpty();
            assertThat(interventionRun.warnings()).isEmpty();
        });
    }

    @Test
    void theLogitsAreThoseOfTheInterventionsThemselves() {
        String scale = one(POST, "'positions':[1],", "{'type':'scale','factor':3}");
        with(scale, (interventionRun, manager) -> {
            NDArray logits = f.model()
                    .forward(HookedModel.ids(manager, List.of(a)), interventionRun.on(manager, List.<int[]>of(a)));
            assertThat(logits.toFloatArray()).containsExactly(modified(scale, LOGITS.toString(), a));
            assertThat(interventionRun.warnings()).isEmpty();
        });
    }

    @Test
    void anyInputThatRulesOutAnInterventionIsRefused() {
        String seventh = one(POST, "'positions':[7],", "{'type':'zero'}");
        try (InterventionRun interventionRun =
                new InterventionRun(session, Requests.interventions(f.model().hookPoints(), seventh), true)) {
            assertThatThrownBy(() -> interventionRun.check(Requests.inputs(session, a, b)))
                    .isInstanceOf(BadSelection.class)
                    .hasMessage("7 must be -6..5")
                    .extracting("field")
                    .isEqualTo("interventions[0].positions[0]");
        }
    }
}
